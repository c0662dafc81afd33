"""Documents in, transcripts out: reading pages, the network, and the engine that runs it."""

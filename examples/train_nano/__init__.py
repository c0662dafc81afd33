"""Training of the nano checkpoint: synthetic pages, targets, the network's three stages, evaluation."""

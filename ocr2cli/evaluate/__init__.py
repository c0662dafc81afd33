"""`ocr2 eval`: pages with known text are read and scored, and written as the scorer of OmniDocBench wants them."""

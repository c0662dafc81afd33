"""What a person types and sees: the `ocr2` command."""

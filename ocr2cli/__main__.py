"""`python -m ocr2cli`: the same as `ocr2`."""

from ocr2cli.start import main

if __name__ == "__main__":
    main()

"""`python -m cercafoto`."""

from cercafoto.cli import main

if __name__ == "__main__":
    main()

"""Run the command line as `python -m cercafoto`."""

from cercafoto.cli.main import main

if __name__ == "__main__":
    main()

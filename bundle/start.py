"""What the bundle runs: the command line, or a process that decodes photos."""

from multiprocessing import freeze_support

from cercafoto.base.bundle import asked_to_decode

# Where a library starts a process through multiprocessing, the program that it starts is this one.
freeze_support()
if asked_to_decode():
    from cercafoto.photos.decoding.decoder_worker import main
else:
    from cercafoto.cli.main import main
main()

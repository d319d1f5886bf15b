"""The bundle's entry point: run the command line, or a process that decodes photos."""

from multiprocessing import freeze_support

from cercafoto.base.own_process import asked_to_decode

# Processes that libraries start through multiprocessing run this program too.
freeze_support()
if asked_to_decode():
    from cercafoto.photos.decoding.decoder_worker import main
else:
    from cercafoto.cli.main import main
main()

"""Sending an exported folder to the Hugging Face Hub, with the person's own token."""

from __future__ import annotations

from pathlib import Path

from cercafoto.errors import first_line
from cercafoto.models.hub import endpoint
from cercafoto.training.training_errors import InputError

MESSAGE = "Model exported by cercafoto.training"
LOGIN = "`hf auth login`, or a token in the environment variable HF_TOKEN"


def require_hub(repo: str) -> None:
    """Check that `repo` can receive a folder, before making the folder takes an hour.

    Raises InputError for an invalid name, without a token, offline, or if the Hub refuses.
    """
    import huggingface_hub
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
    except ValueError as error:
        raise InputError(f"--push {repo}: not OWNER/NAME ({first_line(error, 200)})") from error
    if "/" not in repo:
        raise InputError(f"--push {repo}: not OWNER/NAME")
    if not huggingface_hub.get_token():
        raise InputError(f"--push needs your own token of the Hub: {LOGIN}")
    try:
        huggingface_hub.HfApi(endpoint=endpoint(), library_name="cercafoto").whoami()
    except Exception as error:  # httpx and the Hub raise classes of their own
        raise InputError(
            f"--push {repo}: the Hub ({endpoint()}) cannot be reached, or refuses the token: "
            f"{LOGIN}. {first_line(error, 200)}"
        ) from error


def push(folder: Path, repo: str) -> None:
    """Send a folder to a repository; a missing repository is created, private.

    Raises InputError.
    """
    import huggingface_hub

    api = huggingface_hub.HfApi(endpoint=endpoint(), library_name="cercafoto")
    try:
        api.create_repo(repo, private=True, exist_ok=True)
        api.upload_folder(repo_id=repo, folder_path=folder, commit_message=MESSAGE)
    except Exception as error:  # httpx and the Hub raise classes of their own
        raise InputError(
            f"{folder} is complete, but could not be sent to {repo}: {first_line(error, 200)}"
        ) from error

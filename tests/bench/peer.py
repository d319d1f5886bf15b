"""The peer that speed is compared with: rclip, from the package index, in an environment of its
own, with random weights of its own architecture; and a model of ours of the same size.

    python -m tests.bench.peer FOLDER

Speed does not depend on what the weights are, and rclip's own would have to be downloaded. Written
into FOLDER: `rclip-VERSION/` and `cercafoto/` (environments), `data/` (what rclip would download),
`models/` (a ViT-B/32 with a BERT-base text tower, prepared as any checkpoint is of itself, in 32
and in 8 bits). rclip runs on an interpreter of its own where this one is too old for it.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

VERSION = "4.0.8"
INTERPRETERS = ("3.13", "3.12", "3.14")  # that it runs on, the one to take first
# rclip does not start without these; nothing reads them.
LEGAL_FILES = ("LICENSE", "OPENAI-CLIP-MIT.txt", "README.md", "THIRD_PARTY_NOTICES.md")
SUBFOLDER = "ViT-B-32-256-datacomp_s34b_b86k"  # where rclip looks for its graphs
MERGES = 49152 - 256 - 2  # of CLIP's tokenizer
MODELS = {"vitb32": "auto", "vitb32-fp32": "fp32", "vitb32-int8": "int8"}
BERT_WORDS = 32_102  # pieces of dbmdz's Italian BERT


def programs(environment: Path) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin")


def installed(folder: Path) -> Path:
    """Install this checkout into an environment as a person would, and return its program. The
    other packages are those of this environment. (A checkout in use finds its modules more slowly.)
    """
    environment = folder / "cercafoto"
    venv.create(environment, with_pip=True, clear=True)
    ((here,),) = (environment.rglob("site-packages"),)
    (here / "altri.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    _install(programs(environment) / "python", "--no-deps", Path(__file__).parents[2])
    return programs(environment) / "cercafoto"


def prepare(folder: Path) -> Path:
    """Make everything in FOLDER that is missing, and return rclip's program."""
    environment = folder / f"rclip-{VERSION}"
    program = programs(environment) / "rclip"
    if not program.exists():
        subprocess.run([_interpreter(), "-m", "venv", "--clear", environment], check=True)
        _install(python_of(program), f"rclip=={VERSION}")
    data = folder / "data"
    graphs = data / SUBFOLDER
    if not (graphs / "textual.onnx").exists():
        graphs.mkdir(parents=True, exist_ok=True)
        _peer_weights(graphs)
        _peer_tokenizer(data / "tokenizer" / "bpe_simple_vocab_16e6.txt.gz")
    for name in LEGAL_FILES:
        (data / name).write_text("Random weights, made to measure speed: see peer.py.\n", "utf-8")
    for name, precision in MODELS.items():
        if not (folder / "models" / name / "model.json").exists():
            _our_model(folder, name, precision)
    return program


def data_folder(folder: Path, data: Path) -> None:
    """Make a folder for rclip's database, with links to all that rclip would download."""
    data.mkdir(exist_ok=True)
    for path in (folder / "data").iterdir():
        if not (data / path.name).exists():
            (data / path.name).symlink_to(path)


def python_of(program: Path) -> Path:
    """Return the interpreter of an environment's program."""
    return program.with_name("python")


def described(program: Path) -> str:
    """Return the versions of rclip and of its interpreter."""
    asked = subprocess.run(
        [python_of(program), "--version"], capture_output=True, text=True, check=True
    )
    return f"rclip {VERSION}, {asked.stdout.strip()}"


def _install(python: Path, *what: str | Path) -> None:
    subprocess.run([python, "-m", "pip", "install", "--quiet", *what], check=True)


def _interpreter() -> str:
    """Return an interpreter that rclip runs on: this one, another of the machine, or one fetched by
    uv."""
    if "{}.{}".format(*sys.version_info) in INTERPRETERS:
        return sys.executable
    for version in INTERPRETERS:
        for name in (f"python{version}", *_of_uv(version)):
            # A name on the path may be a wrapper for an interpreter that is missing.
            asked = [name, "-c", "import ensurepip, sys; print(sys.executable)"]
            if shutil.which(name) is None:
                continue
            answer = subprocess.run(asked, capture_output=True, text=True, check=False)
            if answer.returncode == 0:
                return answer.stdout.strip()
    raise SystemExit(
        f"rclip {VERSION} needs Python {' or '.join(INTERPRETERS)}, which is not here."
    )


def _of_uv(version: str) -> list[str]:
    if shutil.which("uv") is None:
        return []
    subprocess.run(["uv", "python", "install", "--quiet", version], check=False)
    found = subprocess.run(
        ["uv", "python", "find", version], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


def _peer_weights(folder: Path) -> None:
    """Write OpenCLIP's ViT-B/32 at 256 pixels and its text tower, using transformers classes with
    the same layers."""
    import torch
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPVisionConfig
    from transformers import CLIPVisionModelWithProjection as Vision

    class One(torch.nn.Module):
        """A module with one input called "input" and one output, as rclip expects."""

        def __init__(self, model: torch.nn.Module, name: str, output: str) -> None:
            super().__init__()
            self.model, self.name, self.output = model, name, output

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = getattr(self.model(**{self.name: x}), self.output)
            return result

    torch.manual_seed(0)
    vision = Vision(
        CLIPVisionConfig(
            hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
            patch_size=32, image_size=256, projection_dim=512, hidden_act="gelu",
        )
    ).eval()  # fmt: skip
    text = CLIPTextModelWithProjection(
        CLIPTextConfig(
            hidden_size=512, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=8,
            vocab_size=MERGES + 514, max_position_embeddings=77, projection_dim=512,
            hidden_act="gelu",
        )
    ).eval()  # fmt: skip
    batch = torch.export.Dim("N", min=1, max=4096)
    for model, example, path in (
        (One(vision, "pixel_values", "image_embeds"), torch.zeros(2, 3, 256, 256), "visual.onnx"),
        (
            One(text, "input_ids", "text_embeds"),
            torch.zeros(2, 77, dtype=torch.int64),
            "textual.onnx",
        ),
    ):
        with torch.no_grad():
            torch.onnx.export(
                model, (example,), str(folder / path), input_names=["input"],
                output_names=["output"], dynamic_shapes=({0: batch},), dynamo=True,
                external_data=False, verbose=False,
            )  # fmt: skip


def _peer_tokenizer(path: Path) -> None:
    """Write a tokenizer with as many merges as CLIP's, of random letters: it loads and runs as
    fast."""
    import random

    rng = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    merges: dict[tuple[str, str], None] = {}
    while len(merges) < MERGES:
        size = rng.choice((1, 2, 3, 4))
        left = "".join(rng.choices(letters, k=size))
        right = "".join(rng.choices(letters, k=rng.choice((1, 2, 3)))) + rng.choice(("", "</w>"))
        merges[left, right] = None
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))


def _our_model(folder: Path, name: str, precision: str) -> None:
    """Prepare a model of CLIP-Italian's architecture with random weights."""
    import torch
    import transformers

    from cercafoto.models.prepare.convert import prepare as prepare_model

    checkpoint = folder / "checkpoint"
    checkpoint.mkdir(exist_ok=True)
    torch.manual_seed(0)
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = [*specials, *(chr(97 + n) for n in range(26))]
    words += [f"##{chr(97 + n)}" for n in range(26)]
    words += [f"parola{n}" for n in range(BERT_WORDS - len(words))]
    config = transformers.VisionTextDualEncoderConfig.from_vision_text_configs(
        transformers.CLIPVisionConfig(
            hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
            patch_size=32, image_size=224,
        ),
        transformers.BertConfig(vocab_size=len(words)),
        projection_dim=512,
    )  # fmt: skip
    transformers.VisionTextDualEncoderModel(config).save_pretrained(checkpoint)
    (checkpoint / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    tokenizer = transformers.BertTokenizer(str(checkpoint / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(checkpoint)
    transformers.CLIPImageProcessor(size={"shortest_edge": 224}).save_pretrained(checkpoint)
    prepare_model(
        checkpoint, folder / "models" / name, name, {}, None, lambda line: None, precision
    )


if __name__ == "__main__":
    print(prepare(Path(sys.argv[1])))

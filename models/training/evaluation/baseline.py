"""What a user would take instead of Bellwether's classifier: two text-classification pipelines of Hugging Face
transformers, one for sentiment and one for topics, of BERT-base size. Only their speed and memory matter here, so their
weights are random.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

BATCH = 32  # texts of a forward pass of the pipelines
_hf: Any = transformers  # its constructors are not typed


def transformers_rate(texts: Sequence[str], tokenizer: Path, labels: Sequence[int]) -> tuple[float, float]:
    """Return documents a second through one pipeline per entry of ``labels``, and this process's peak memory in MB.

    Args:
        texts: each goes through every pipeline.
        tokenizer: a WordPiece ``tokenizer.json``; its time counts, too.
        labels: number of labels of each pipeline.
    """
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    words = _hf.PreTrainedTokenizerFast(tokenizer_file=str(tokenizer), model_max_length=512, **names)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    models = [_hf.BertForSequenceClassification(_hf.BertConfig(num_labels=count)).eval() for count in labels]
    pipelines = [_hf.TextClassificationPipeline(model=model, tokenizer=words, device=device) for model in models]
    _through(pipelines, texts[:BATCH])
    began = time.perf_counter()
    _through(pipelines, texts)
    rate = len(texts) / (time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return rate, peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def _through(pipelines: Sequence[Any], texts: Sequence[str]) -> None:
    for pipeline in pipelines:
        pipeline(list(texts), batch_size=BATCH, truncation=True, top_k=None)

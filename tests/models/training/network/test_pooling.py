"""The last layer asked once per text: the same answer as the layer's own parts give, whatever the padding."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra 'train'")

import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from models.errors import DatasetError
from models.training.network.pooling import LastLayer, ask_last_layer_once, mean
from models.training.recipe import Recipe, recipe_from

hf: Any = transformers  # its constructors are not typed
WIDTH, HEADS, LAYERS = 24, 3, 2


def encoder() -> Any:
    torch.manual_seed(5)
    sizes = {"hidden_size": WIDTH, "num_attention_heads": HEADS, "intermediate_size": 40, "num_hidden_layers": LAYERS}
    return hf.BertModel(hf.BertConfig(vocab_size=30, **sizes), add_pooling_layer=False).eval()


def by_projecting_every_token(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    query, own = mean(hidden, mask).unsqueeze(1), layer.attention.self
    asked, keys, values = (
        project(of).unflatten(-1, (HEADS, -1)).transpose(1, 2)
        for project, of in ((own.query, query), (own.key, hidden), (own.value, hidden))
    )
    seen = scaled_dot_product_attention(asked, keys, values, attn_mask=mask[:, None, None, :].bool())
    attended = layer.attention.output(seen.transpose(1, 2).flatten(2), query)
    answer: torch.Tensor = layer.output(layer.intermediate(attended), attended)
    return answer[:, 0]


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_the_answer_is_that_of_keys_and_values_of_every_token(lengths: list[int], seed: int) -> None:
    layer = encoder().encoder.layer[-1]
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(len(lengths), max(lengths), WIDTH, generator=generator)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    with torch.no_grad():
        for part in layer.attention.self.children():
            if hasattr(part, "bias"):
                part.bias.normal_(generator=generator)
        wanted, found = by_projecting_every_token(layer, hidden, mask), LastLayer(layer).pooled(hidden, mask)
    assert found.shape == (len(lengths), WIDTH)
    assert torch.allclose(found, wanted, atol=1e-5)


def test_padding_changes_nothing() -> None:
    layer = LastLayer(encoder().encoder.layer[-1])
    hidden = torch.randn(2, 4, WIDTH)
    padded = torch.cat([hidden, torch.full((2, 3, WIDTH), 7.0)], 1)
    mask = torch.ones(2, 4)
    with torch.no_grad():
        alone = layer.pooled(hidden, mask)
        assert torch.allclose(layer.pooled(padded, torch.cat([mask, torch.zeros(2, 3)], 1)), alone, atol=1e-6)


def test_the_layer_keeps_its_weights_names_and_lets_the_tokens_of_the_layer_below_pass() -> None:
    whole, asked = encoder(), encoder()
    last = ask_last_layer_once(asked)
    assert {name for name, _ in whole.named_parameters()} == {name for name, _ in asked.named_parameters()}
    assert asked.encoder.layer[-1] is last
    ids = torch.arange(12).reshape(2, 6)
    with torch.no_grad():
        below = whole(ids, output_hidden_states=True).hidden_states[-2]
        assert torch.equal(asked(ids).last_hidden_state, below)


def test_an_encoder_built_otherwise_is_refused() -> None:
    other = hf.MPNetModel(hf.MPNetConfig(vocab_size=30, hidden_size=12, num_attention_heads=2, num_hidden_layers=1))
    with pytest.raises(DatasetError, match="pooling=last_layer: an encoder of type 'mpnet'"):
        ask_last_layer_once(other)


def test_adapters_leave_the_last_layer_as_it_is_so_they_are_refused() -> None:
    with pytest.raises(DatasetError, match="leave out 'lora_rank'"):
        recipe_from(["pooling=last_layer", "lora_rank=4"], Recipe)
    with pytest.raises(DatasetError, match="pooling"):
        recipe_from(["pooling=cls"], Recipe)

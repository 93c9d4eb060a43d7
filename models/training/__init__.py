"""Fine-tuning, evaluation and export. Needs the extra ``train`` (torch, transformers); serving never imports it."""

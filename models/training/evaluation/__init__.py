"""How good a served artifact is: figures, pictures, the model card, another library beside it."""

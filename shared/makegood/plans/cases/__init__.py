"""The life of a case: asked for, withdrawn, appealed, decided. Pure decisions, as all plans are."""

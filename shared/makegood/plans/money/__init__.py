"""Money that goes back through Paddle: asked for here, or by somebody else. Pure decisions."""

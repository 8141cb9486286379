"""Glyphs that tell how large a value is and which sign it has, where colours cannot, or should not alone."""

# From near zero to the largest. No glyph stands for both signs, but that for almost nothing.
POSITIVES, NEGATIVES = "·░▒▓█", "·-=≡Ξ"
ASCII_POSITIVES, ASCII_NEGATIVES = ".:+*#", ".,-=~"

"""Text and numbers as people read them: text of unknown origin made safe, numbers with few digits."""

from nnsim.text.safe_text import clean, clean_line, columns, count, is_clean, printable_path, quote

__all__ = ["clean", "clean_line", "columns", "count", "is_clean", "printable_path", "quote"]

"""All that reaches below the public interface of Textual: the driver, what is sent, and how fast."""

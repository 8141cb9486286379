"""The content of a table's file: unpacked, in a known encoding, from Parquet as CSV."""

import codecs
import csv
import io
import zlib
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.text import quote

MAX_CONTENT = 256_000_000  # bytes, unpacked
# A packed file may hold so many bytes, and so many for each of its own: a recording of some kilobytes that carries
# one cannot ask for hundreds of megabytes. Tables are packed to a third or a tenth.
UNPACKED_LEAST, UNPACKED_PER_BYTE = 16_000_000, 100
MAX_ROWS, MAX_COLUMNS = 1_000_000, 1024  # of Parquet, which says them before it is read
GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
ROWS_AT_ONCE = 50_000


def unpacked(content: bytes, called: str) -> bytes:
    """What a file says as text: out of gzip or Parquet, without a byte order mark.  Raises: ScenarioError."""
    if content.startswith(GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        most = min(MAX_CONTENT, UNPACKED_LEAST + UNPACKED_PER_BYTE * len(content))
        try:
            content = unpacker.decompress(content, most + 1)
        except zlib.error:
            raise ScenarioError(f"{called}: is no whole gzip file") from None
        if len(content) > most:
            raise ScenarioError(f"{called}: holds more than {most:,} bytes (allowed: to unpack it yourself)")
        if not unpacker.eof:
            raise ScenarioError(f"{called}: is no whole gzip file")
    if content.startswith(PARQUET):
        return _parquet(content, called)
    return content.removeprefix(codecs.BOM_UTF8)


def encoding_of(content: bytes) -> str:
    """The encoding of a text: UTF-8 where it is that, UTF-16 where it says so, else Windows' or Latin-1."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return name
    if content.isascii():
        return "utf-8"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, True)
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows' encoding; Latin-1 has something for every byte.
        undefined = any(one in content for one in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
        return "latin-1" if undefined or not any(128 <= one < 160 for one in content) else "cp1252"
    return "utf-8"


def check_encoding(content: bytes, encoding: str, called: str) -> None:
    """Raises: ScenarioError where the text is in another encoding, with the setting."""
    if content.isascii():
        return
    try:
        codecs.getincrementaldecoder(encoding)().decode(content, True)
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding == "utf-8" else encoding
        likely = encoding_of(content)
        raise ScenarioError(
            f"{called}: is not {name} text (byte {error.start}) (allowed: data.encoding = "
            f'"{likely}", --set data.encoding={likely})'
        ) from None


def _parquet(content: bytes, called: str) -> bytes:
    """A Parquet file's rows as CSV: its column names, numbers to the last bit, dates as ISO 8601 has them."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ScenarioError(
            f"{called}: Parquet needs pyarrow, an optional extra (pip install 'nnsim[parquet]')"
        ) from None
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        if (
            size := sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups))
        ) > MAX_CONTENT:
            raise ScenarioError(f"{called}: holds {size:,} bytes (allowed: {MAX_CONTENT:,})")
        if file.metadata.num_rows > MAX_ROWS or len(file.schema_arrow.names) > MAX_COLUMNS:
            raise ScenarioError(
                f"{called}: has {file.metadata.num_rows:,} rows of {len(file.schema_arrow.names):,} columns "
                f"(allowed: {MAX_ROWS:,} rows, {MAX_COLUMNS:,} columns)"
            )
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(file.schema_arrow.names)
        for batch in file.iter_batches(ROWS_AT_ONCE):
            if text.tell() > MAX_CONTENT:
                raise ScenarioError(f"{called}: holds more than {MAX_CONTENT:,} bytes")
            writer.writerows(zip(*(map(_cell, one.to_pylist()) for one in batch.columns), strict=True))
    except pyarrow.ArrowException as error:
        raise ScenarioError(f"{called}: is no Parquet file that can be read: {quote(str(error))}") from None
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)

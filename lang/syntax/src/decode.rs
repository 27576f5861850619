//! Bytes to text.

use apportion_diagnostic::{Diagnostic, SourceId, Span};

/// The most bytes that one policy text may have: 10 MB.
pub const MAX_TEXT_BYTES: usize = 10_000_000;

/// Why bytes are no policy text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecodeError {
    /// The text has more than [`MAX_TEXT_BYTES`].
    TooLarge {
        /// How many bytes it has.
        bytes: usize,
    },
    /// The bytes are not UTF-8.
    NotUtf8 {
        /// Offset of the first bad byte, from 0.
        offset: usize,
        /// Its line, from 1.
        line: u32,
        /// The byte.
        byte: u8,
    },
}

/// The text of a file: UTF-8, without the byte order mark that some editors put first.
pub fn decode(bytes: &[u8]) -> Result<&str, DecodeError> {
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(DecodeError::TooLarge { bytes: bytes.len() });
    }
    let text =
        simdutf8::compat::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn not_utf8(bytes: &[u8], offset: usize) -> DecodeError {
    let line = memchr::memchr_iter(b'\n', &bytes[..offset]).count() as u32 + 1;
    DecodeError::NotUtf8 { offset, line, byte: bytes[offset] }
}

impl DecodeError {
    /// The finding; `source` must be a text under the file's name, whatever it holds.
    pub fn diagnostic(&self, source: SourceId) -> Diagnostic {
        match *self {
            DecodeError::TooLarge { bytes } => Diagnostic::error(
                "text-too-large",
                format!("this text has {bytes} bytes; the limit is {MAX_TEXT_BYTES}"),
            )
            .at(Span::new(source, 0, 0), "")
            .help("split the policy into modules and join them with `use`"),
            DecodeError::NotUtf8 { offset, line, byte } => Diagnostic::error(
                "not-utf8",
                format!("line {line} holds the byte 0x{byte:02X}, which is no part of UTF-8 text"),
            )
            .at(Span::new(source, 0, 0), "")
            .note(format!("it is byte {offset} of the file, counted from 0"))
            .help("save the file as UTF-8"),
        }
    }
}

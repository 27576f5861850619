//! Files as bytes and texts, and in words why one cannot be read.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use apportion_diagnostic::{Diagnostic, Sources};
use apportion_syntax::{DecodeError, MAX_TEXT_BYTES, decode};

/// Bytes up to which a file is read.
const MOST_BYTES: u64 = 4 << 30;

/// The text of a policy's file or of a manifest, which findings call `name`; the finding is shown with `sources`.
pub fn read_text(
    path: &Path,
    name: &str,
    sources: &mut Sources,
) -> Result<String, Box<Diagnostic>> {
    let unread = |error: io::Error| unreadable(name, &error);
    let file = File::open(path).map_err(unread)?;
    // What is far too large is not read first.
    let length = file.metadata().map_err(unread)?.len() as usize;
    let decoded = if length > MAX_TEXT_BYTES {
        Err(DecodeError::TooLarge { bytes: length })
    } else {
        let mut bytes = Vec::new();
        file.take(MAX_TEXT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unread)?;
        decode(&bytes).map(str::to_owned)
    };
    decoded.map_err(|error| Box::new(error.diagnostic(sources.add(name, ""))))
}

/// The bytes of a file, or in words why it cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| words(&error))?;
    // What a pipe or a device will say has no length beforehand, so this spares only the reading.
    let length = file.metadata().map_err(|error| words(&error))?.len();
    if length > MOST_BYTES { Err(too_large(MOST_BYTES)) } else { read_up_to(file, MOST_BYTES) }
}

/// Standard input to its end.
pub(crate) fn read_standard_input() -> Result<Vec<u8>, String> {
    read_up_to(io::stdin().lock(), MOST_BYTES)
}

/// Says that a file or folder cannot be read.
pub(crate) fn unreadable(name: &str, error: &io::Error) -> Box<Diagnostic> {
    let message = format!("`{name}` cannot be read: {}", words(error));
    Box::new(Diagnostic::error("unreadable-file", message))
}

/// All that comes, unless it is more than `most` bytes.
fn read_up_to(from: impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes).map_err(|error| words(&error))?;
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

fn too_large(most: u64) -> String {
    format!("it is larger than {} GiB", most >> 30)
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::OutOfMemory => "it does not fit into memory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::read_up_to;

    #[test]
    fn what_is_too_large_is_refused_and_never_cut() {
        assert_eq!(read_up_to(&b"1234"[..], 4), Ok(b"1234".to_vec()));
        assert_eq!(read_up_to(&b"12345"[..], 4), Err("it is larger than 0 GiB".to_owned()));
    }
}

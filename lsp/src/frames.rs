//! What is no message is kept from the framework, which would end at it: bytes without a length, bodies that
//! are no JSON, JSON that is neither asked nor answered.

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
    BufReader,
};
use tower_lsp::jsonrpc::{Request, Response};

/// Longer messages are read and thrown away: no editor has such files.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Passes messages on until there are no more.
pub(crate) async fn pass(
    input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut input = BufReader::new(input);
    while let Some(length) = length(&mut input).await? {
        if length > BYTES_MAX {
            tracing::warn!(length, "a message is too long");
            tokio::io::copy(&mut (&mut input).take(length), &mut tokio::io::sink()).await?;
            continue;
        }
        let mut body = Vec::new();
        (&mut input).take(length).read_to_end(&mut body).await?;
        if is_message(&body) {
            output.write_all(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
            output.write_all(&body).await?;
        } else {
            tracing::warn!(length, "the editor sent what is no message");
        }
    }
    Ok(())
}

/// The length of the next message, behind its headers; nothing at the end of the input.
async fn length(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok();
            }
            None if line.trim().is_empty() && length.is_some() => return Ok(length),
            // Other headers; and what somebody printed where it does not belong.
            _ => (),
        }
    }
}

fn is_message(body: &[u8]) -> bool {
    serde_json::from_slice::<Request>(body).is_ok() || serde_json::from_slice::<Response>(body).is_ok()
}

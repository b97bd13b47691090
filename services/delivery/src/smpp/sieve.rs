//! Stands between the socket and the client of `rusmppc`, which ends a session over one PDU that it can not decode: such
//! a `deliver_sm` is mended where that is known to be right, else kept out and told by its number.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rusmpp::Command;
use rusmpp::decode::DecodeWithLength;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;

use super::tlvs;

const HEADER: usize = 16;
const DELIVER_SM: [u8; 4] = [0, 0, 0, 5];
/// So many octets are read at a time.
const CHUNK: usize = 4_096;

/// A socket whose `deliver_sm`s can all be decoded.
#[derive(Debug)]
pub(super) struct Sieve<S> {
    socket: S,
    pdu_max: usize,
    /// Read, and not yet a whole PDU.
    begun: Vec<u8>,
    /// Whole PDUs on their way to the client, and how much of them it has.
    whole: Vec<u8>,
    given: usize,
    /// Sequence numbers of those that are kept out.
    unread: mpsc::Sender<u32>,
    /// What comes is no PDU: the client shall see it and end the session.
    is_blind: bool,
}

impl<S> Sieve<S> {
    /// Tells by the receiver the number of each `deliver_sm` that can not be read, as long as there is room for it: one
    /// that is not told is not answered, and comes again.
    pub(super) fn new(socket: S, pdu_max: usize, unread: mpsc::Sender<u32>) -> Self {
        Self { socket, pdu_max, begun: Vec::new(), whole: Vec::new(), given: 0, unread, is_blind: false }
    }

    /// Brings what is whole to the client.
    fn sift(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        let mut rest = begun.as_slice();
        while !self.is_blind
            && let Some((length, _)) = rest.split_first_chunk::<4>()
        {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            if !(HEADER..=self.pdu_max).contains(&length) {
                self.is_blind = true;
                break;
            }
            let Some((pdu, behind)) = rest.split_at_checked(length) else { break };
            self.pass(pdu);
            rest = behind;
        }
        let to = if self.is_blind { &mut self.whole } else { &mut self.begun };
        to.extend_from_slice(rest);
    }

    fn pass(&mut self, pdu: &[u8]) {
        if pdu.get(4..8) != Some(&DELIVER_SM) || is_readable(pdu) {
            self.whole.extend_from_slice(pdu);
        } else if let Some(mended) = tlvs::terminated(pdu).filter(|mended| is_readable(mended)) {
            self.whole.extend_from_slice(&mended);
        } else if let Some(sequence) = pdu.get(12..HEADER).and_then(|octets| octets.first_chunk::<4>()) {
            let _ = self.unread.try_send(u32::from_be_bytes(*sequence));
        }
    }
}

/// Whether all of it can be decoded, as the client will.
fn is_readable(pdu: &[u8]) -> bool {
    let Some(pdu) = pdu.get(4..) else { return false };
    <Command as DecodeWithLength>::decode(&mut pdu.into(), pdu.len()).is_ok_and(|(_, length)| length == pdu.len())
}

impl<S: AsyncRead + Unpin> AsyncRead for Sieve<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if let Some(waiting) = this.whole.get(this.given..).filter(|waiting| !waiting.is_empty()) {
                let count = waiting.len().min(to.remaining());
                to.put_slice(&waiting[..count]);
                this.given += count;
                return Poll::Ready(Ok(()));
            }
            this.whole.clear();
            this.given = 0;
            let mut chunk = [0; CHUNK];
            let mut read = ReadBuf::new(&mut chunk);
            std::task::ready!(Pin::new(&mut this.socket).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.begun.extend_from_slice(read.filled());
            this.sift();
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Sieve<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;

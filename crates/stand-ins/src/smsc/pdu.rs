//! PDUs of SMPP 3.4 as octets, as far as an SMSC needs them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

pub(super) const SUBMIT_SM: u32 = 0x04;
pub(super) const DELIVER_SM: u32 = 0x05;
pub(super) const UNBIND: u32 = 0x06;
pub(super) const BIND_TRANSCEIVER: u32 = 0x09;
pub(super) const ENQUIRE_LINK: u32 = 0x15;
pub(super) const RESPONSE: u32 = 0x8000_0000;

/// Longer ones are nobody's.
const LENGTH_MAX: usize = 100_000;

/// One PDU.
#[derive(Debug)]
pub(super) struct Pdu {
    pub(super) command: u32,
    pub(super) status: u32,
    pub(super) sequence: u32,
    pub(super) body: Vec<u8>,
}

impl Pdu {
    pub(super) fn octets(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len() + 16).unwrap_or(u32::MAX);
        let head = [length, self.command, self.status, self.sequence];
        head.iter().flat_map(|word| word.to_be_bytes()).chain(self.body.iter().copied()).collect()
    }

    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let length = usize::try_from(from.read_u32().await?).unwrap_or(usize::MAX);
        if !(16..=LENGTH_MAX).contains(&length) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a PDU of {length} octets")));
        }
        let (command, status, sequence) = (from.read_u32().await?, from.read_u32().await?, from.read_u32().await?);
        let mut body = vec![0; length - 16];
        from.read_exact(&mut body).await?;
        Ok(Self { command, status, sequence, body })
    }
}

/// What an ESME submitted. Shown whole: stand-ins meet no real people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    /// Type, plan and text of the sender.
    pub source: (u8, u8, String),
    /// Type, plan and text of the recipient.
    pub destination: (u8, u8, String),
    /// `esm_class`.
    pub esm_class: u8,
    /// `validity_period`.
    pub validity_period: String,
    /// `registered_delivery`.
    pub registered_delivery: u8,
    /// `data_coding`.
    pub data_coding: u8,
    /// `short_message`.
    pub octets: Vec<u8>,
}

impl Submit {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut fields = Fields(body);
        fields.text()?;
        let source = (fields.octet()?, fields.octet()?, fields.text()?);
        let destination = (fields.octet()?, fields.octet()?, fields.text()?);
        let esm_class = fields.octet()?;
        let (_protocol_id, _priority) = (fields.octet()?, fields.octet()?);
        let _schedule = fields.text()?;
        let validity_period = fields.text()?;
        let registered_delivery = fields.octet()?;
        let _replace = fields.octet()?;
        let data_coding = fields.octet()?;
        let _default_message = fields.octet()?;
        let length = usize::from(fields.octet()?);
        let octets = fields.0.get(..length)?.to_vec();
        Some(Self { source, destination, esm_class, validity_period, registered_delivery, data_coding, octets })
    }
}

/// What an SMSC delivers.
#[derive(Debug, Clone, Default)]
pub struct Deliver {
    /// The sender, without `+`.
    pub source: String,
    /// The recipient.
    pub destination: String,
    /// `esm_class`.
    pub esm_class: u8,
    /// `data_coding`.
    pub data_coding: u8,
    /// `short_message`.
    pub octets: Vec<u8>,
    /// Tags and values after it.
    pub tlvs: Vec<(u16, Vec<u8>)>,
}

impl Deliver {
    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = vec![0];
        for address in [&self.source, &self.destination] {
            body.extend([1, 1]);
            body.extend(address.as_bytes());
            body.push(0);
        }
        // esm_class, protocol, priority, schedule, validity, registered_delivery, replace, data_coding, default message.
        body.extend([self.esm_class, 0, 0, 0, 0, 0, 0, self.data_coding, 0]);
        body.push(u8::try_from(self.octets.len()).unwrap_or(u8::MAX));
        body.extend(&self.octets);
        for (tag, value) in &self.tlvs {
            body.extend(tag.to_be_bytes());
            body.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
            body.extend(value);
        }
        body
    }
}

/// What a bind says of its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// `system_id`.
    pub system_id: String,
    /// `password`.
    pub password: String,
    /// `interface_version`.
    pub interface_version: u8,
}

impl Bind {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut fields = Fields(body);
        let (system_id, password, _system_type) = (fields.text()?, fields.text()?, fields.text()?);
        Some(Self { system_id, password, interface_version: fields.octet()? })
    }
}

/// Octets yet to be read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn octet(&mut self) -> Option<u8> {
        let (octet, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*octet)
    }

    /// A C-Octet String.
    fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|octet| *octet == 0)?;
        let text = String::from_utf8_lossy(&self.0[..end]).into_owned();
        self.0 = &self.0[end + 1..];
        Some(text)
    }
}

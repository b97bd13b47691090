//! Mends what many SMSCs write wrong behind the text of a `deliver_sm`: the name of the message, without its NUL.

const RECEIPTED_MESSAGE_ID: [u8; 2] = [0x00, 0x1e];
const HEADER: usize = 16;

/// The PDU with a `receipted_message_id` that ends at its only NUL; `None` where there is none, or no end to be seen.
pub(super) fn terminated(pdu: &[u8]) -> Option<Vec<u8>> {
    let tlvs = behind_text(pdu.get(HEADER..)?)?;
    let mut mended = pdu.get(..pdu.len() - tlvs.len())?.to_vec();
    let mut rest = tlvs;
    let mut is_there = false;
    while !rest.is_empty() {
        let (tag, behind) = rest.split_first_chunk::<2>()?;
        let (length, behind) = behind.split_first_chunk::<2>()?;
        let (value, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        mended.extend(tag);
        if *tag == RECEIPTED_MESSAGE_ID {
            is_there = true;
            let name = value.split(|octet| *octet == 0).next().unwrap_or_default();
            mended.extend(u16::try_from(name.len() + 1).ok()?.to_be_bytes());
            mended.extend(name);
            mended.push(0);
        } else {
            mended.extend(length);
            mended.extend(value);
        }
        rest = behind;
    }
    let length = u32::try_from(mended.len()).ok()?.to_be_bytes();
    mended.get_mut(..4)?.copy_from_slice(&length);
    is_there.then_some(mended)
}

/// What stands behind `short_message` (SMPP 3.4, 4.6.1).
fn behind_text(body: &[u8]) -> Option<&[u8]> {
    let body = behind_string(body)?;
    let body = behind_string(body.get(2..)?)?;
    let body = behind_string(body.get(2..)?)?;
    // esm_class, protocol_id, priority_flag; then two times; then four octets and the length of the text.
    let body = behind_string(body.get(3..)?)?;
    let body = behind_string(body)?;
    let length = usize::from(*body.get(4)?);
    body.get(5 + length..)
}

fn behind_string(octets: &[u8]) -> Option<&[u8]> {
    let end = octets.iter().position(|octet| *octet == 0)?;
    octets.get(end + 1..)
}

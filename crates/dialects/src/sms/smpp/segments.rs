//! How a text becomes the parts of a short message: the GSM alphabet where all of it is in there, UCS-2 else; a longer
//! one in parts under a header that says which of how many each is (3GPP TS 23.040, 9.2.3.24.1).

use usher_domain::content::Private;

use super::alphabet::{DEFAULT_CODING, Glyph, UCS2_CODING, in_default, in_ucs2};
use crate::accounts::Alphabet;

/// `esm_class` of a part with a header (UDH indicator, SMPP 3.4, 5.2.12).
pub(super) const WITH_HEADER: u8 = 0x40;
/// What one alphabet has room for: in one part alone, and in one of several.
struct Room {
    alone: usize,
    of_several: usize,
}

/// Septets: 140 octets, less six for the header and the bit that fills it up to a septet.
const GSM: Room = Room { alone: 160, of_several: 153 };
/// Units of two octets.
const UCS2: Room = Room { alone: 70, of_several: 67 };

/// One part as it is submitted. The text in it is personal: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Segment {
    /// 0, or [`WITH_HEADER`].
    pub esm_class: u8,
    /// 0 for the SMSC's default alphabet, 8 for UCS-2.
    pub data_coding: u8,
    /// `short_message`, with its header.
    pub octets: Vec<u8>,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Segment(esm_class {}, data_coding {}, ", self.esm_class, self.data_coding)?;
        write!(f, "{} bytes)", self.octets.len())
    }
}

/// A text that would need more parts than a header can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong {
    /// How many it would need.
    pub(super) parts: usize,
}

/// Cuts a text into parts; `reference` tells the parts of one message from those of another to the same phone.
pub(super) fn split(text: &Private, alphabet: Alphabet, reference: u8) -> Result<Vec<Segment>, TooLong> {
    let text = text.as_str();
    let default: Option<Vec<Glyph>> = text.chars().map(|character| in_default(character, alphabet)).collect();
    let (data_coding, room, glyphs) = match default {
        Some(glyphs) => (DEFAULT_CODING, GSM, glyphs),
        None => (UCS2_CODING, UCS2, text.chars().map(in_ucs2).collect()),
    };
    let whole: usize = glyphs.iter().map(|glyph| glyph.size).sum();
    if whole <= room.alone {
        let octets = glyphs.into_iter().flat_map(|glyph| glyph.octets).collect();
        return Ok(vec![Segment { esm_class: 0, data_coding, octets }]);
    }
    let parts = fill(glyphs, room.of_several);
    let count = u8::try_from(parts.len()).map_err(|_| TooLong { parts: parts.len() })?;
    let segment = |(number, octets): (u8, Vec<u8>)| {
        let header = [5, 0, 3, reference, count, number];
        Segment { esm_class: WITH_HEADER, data_coding, octets: [header.as_slice(), &octets].concat() }
    };
    Ok((1..=count).zip(parts).map(segment).collect())
}

/// Fills part after part. A character is never cut in two: neither an escape from its code nor a surrogate from its
/// other half.
fn fill(glyphs: Vec<Glyph>, room: usize) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let (mut part, mut used) = (Vec::new(), 0);
    for glyph in glyphs {
        if used + glyph.size > room {
            parts.push(std::mem::take(&mut part));
            used = 0;
        }
        used += glyph.size;
        part.extend(glyph.octets);
    }
    parts.push(part);
    parts
}

/// Which part of which message some octets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) reference: u16,
    pub(super) count: u8,
    /// From 1.
    pub(super) number: u8,
}

impl Place {
    /// A place that can be: nothing is the third of two.
    pub(super) fn checked(reference: u16, count: u8, number: u8) -> Option<Self> {
        (count > 1 && (1..=count).contains(&number)).then_some(Self { reference, count, number })
    }
}

/// Takes the header off a part that has one. A header that can not be read is taken for text no more than a part that
/// is all header: `None`.
pub(super) fn without_header(octets: &[u8]) -> Option<(Option<Place>, &[u8])> {
    let (length, rest) = octets.split_first()?;
    let (mut header, text) = rest.split_at_checked(usize::from(*length))?;
    let mut place = None;
    while let [element, size, rest @ ..] = header {
        let (value, rest) = rest.split_at_checked(usize::from(*size))?;
        place = place.or(match (element, value) {
            (0x00, [reference, count, number]) => Place::checked(u16::from(*reference), *count, *number),
            (0x08, [high, low, count, number]) => Place::checked(u16::from_be_bytes([*high, *low]), *count, *number),
            _ => None,
        });
        header = rest;
    }
    Some((place, text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::alphabet::units;
    use super::*;

    const REFERENCE: u8 = 0xc3;

    fn parts(text: &str) -> Vec<Segment> {
        split(&Private::new(text), Alphabet::Gsm7, REFERENCE).expect("not too long")
    }

    /// Octets on the air: an SMSC packs septets, whose number is that of the octets over SMPP.
    fn on_air(segment: &Segment) -> usize {
        let header = if segment.esm_class == WITH_HEADER { 6 } else { 0 };
        match segment.data_coding {
            DEFAULT_CODING => {
                let fill = usize::from(header > 0);
                header + ((segment.octets.len() - header) * 7 + fill).div_ceil(8)
            }
            _ => segment.octets.len(),
        }
    }

    #[test]
    fn segment_counts_are_those_that_providers_charge() {
        let euros = |gsm: usize| format!("{}€", "a".repeat(gsm));
        let rows = [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            (euros(158), 1),
            (euros(159), 2),
            (format!("{}€", "a".repeat(199)), 2),
            ("[".repeat(80), 1),
            ("[".repeat(81), 2),
            // 153 is odd: an escaped character leaves a septet of each part empty.
            ("[".repeat(152), 2),
            ("[".repeat(153), 3),
            ("售".repeat(70), 1),
            ("售".repeat(71), 2),
            ("售".repeat(134), 2),
            ("售".repeat(135), 3),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            // 67 is odd: a pair leaves a unit of each part empty.
            ("😀".repeat(66), 2),
            ("😀".repeat(67), 3),
            (format!("{}’", "a".repeat(69)), 1),
            (format!("{}’", "a".repeat(70)), 2),
            (String::new(), 1),
        ];
        for (text, count) in rows {
            assert_eq!(parts(&text).len(), count, "{} characters: {text:.10}…", text.chars().count());
        }
    }

    #[test]
    fn parts_of_a_long_text_carry_the_header_of_their_place() {
        let parts = parts(&"a".repeat(200));
        assert_eq!(parts[0].octets[..6], [5, 0, 3, REFERENCE, 2, 1]);
        assert_eq!(parts[1].octets[..6], [5, 0, 3, REFERENCE, 2, 2]);
        assert_eq!((parts[0].octets.len(), parts[1].octets.len()), (6 + 153, 6 + 47));
        assert!(parts.iter().all(|part| part.esm_class == WITH_HEADER && part.data_coding == DEFAULT_CODING));
    }

    #[test]
    fn a_text_of_more_than_255_parts_is_refused() {
        let text = Private::new("a".repeat(153 * 255 + 1));
        assert_eq!(split(&text, Alphabet::Gsm7, 0), Err(TooLong { parts: 256 }));
    }

    #[test]
    fn headers_of_others_are_read_and_wrong_ones_refused() {
        type Read<'a> = Option<(Option<Place>, &'a [u8])>;
        let place = |reference, count, number| Place { reference, count, number };
        let rows: [(&[u8], Read<'_>); 8] = [
            (b"\x05\x00\x03\x07\x02\x01hi", Some((Some(place(7, 2, 1)), b"hi"))),
            (b"\x06\x08\x04\x01\x02\x02\x02hi", Some((Some(place(0x102, 2, 2)), b"hi"))),
            (b"\x0a\x24\x01\x01\x00\x03\x07\x02\x01\x70\x00hi", Some((Some(place(7, 2, 1)), b"hi"))),
            (b"\x05\x00\x03\x07\x02\x03hi", Some((None, b"hi"))),
            (b"\x05\x00\x03\x07\x01\x01hi", Some((None, b"hi"))),
            (b"\x09hi", None),
            (b"\x03\x00\x09\x01hi", None),
            (b"", None),
        ];
        for (octets, expected) in rows {
            assert_eq!(without_header(octets), expected, "{octets:x?}");
        }
    }

    proptest! {
        #[test]
        fn parts_joined_are_the_text_and_each_fits(
            text in prop_oneof!["[ -~€\\n]{0,700}", "\\PC{0,300}", "[a售😀]{0,400}"],
            latin1 in any::<bool>(),
            reference: u8,
        ) {
            let alphabet = if latin1 { Alphabet::Latin1 } else { Alphabet::Gsm7 };
            let parts = split(&Private::new(text.as_str()), alphabet, reference).expect("not too long");
            let mut read = Vec::new();
            for (number, part) in (1..).zip(&parts) {
                let (place, octets) = match part.esm_class {
                    WITH_HEADER => without_header(&part.octets).expect("our own header"),
                    _ => (None, part.octets.as_slice()),
                };
                let expected = Place::checked(u16::from(reference), u8::try_from(parts.len()).expect("few"), number);
                prop_assert_eq!(place, expected);
                let units = units(octets, part.data_coding, alphabet).expect("text");
                prop_assert!(String::from_utf16(&units).is_ok(), "no character is cut in two");
                prop_assert!(on_air(part) <= 140 && part.octets.len() <= 254, "{:?}", part);
                read.extend(units);
            }
            prop_assert_eq!(String::from_utf16(&read).expect("whole"), text);
        }

        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..160), coding: u8) {
            let _ = without_header(&octets);
            let _ = units(&octets, coding, Alphabet::Gsm7);
        }
    }
}

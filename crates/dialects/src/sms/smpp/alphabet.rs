//! The alphabets of short messages: GSM 7 bit (3GPP TS 23.038, 6.2.1, with the extension table 6.2.1.1), ISO 8859-1 and
//! UCS-2. Over SMPP a GSM character is an octet (two for the extension table); the SMSC packs them to seven bits.

use crate::accounts::Alphabet;

/// The default table; its position is the code. `0x1B` leads to the extension table and is no character.
const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', 'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω',
    'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É', ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+',
    ',', '-', '.', '/', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', '¡', 'A', 'B',
    'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y',
    'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p',
    'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// The extension table: code after the escape, and character.
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

const ESCAPE: u8 = 0x1b;

/// `data_coding` of the SMSC's default alphabet.
pub(crate) const DEFAULT_CODING: u8 = 0;
/// `data_coding` of UCS-2 (SMPP 3.4, 5.2.19), sent and read as UTF-16BE.
pub(crate) const UCS2_CODING: u8 = 8;

/// A character as it stands in a part: what it takes of the part's room, and its octets.
pub(super) struct Glyph {
    /// Septets of the GSM alphabet, or 16-bit units of UCS-2.
    pub(super) size: usize,
    /// What stands in `short_message`.
    pub(super) octets: Vec<u8>,
}

/// A character in the SMSC's default alphabet; `None` where that has no such character. ISO 8859-1 is what the SMSC
/// reads, and GSM what the phone gets all the same: a character must be in both, and takes the room it has in GSM.
pub(super) fn in_default(character: char, alphabet: Alphabet) -> Option<Glyph> {
    let gsm = in_gsm7(character)?;
    let size = gsm.len();
    match alphabet {
        Alphabet::Gsm7 => Some(Glyph { size, octets: gsm }),
        Alphabet::Latin1 => Some(Glyph { size, octets: vec![u8::try_from(character).ok()?] }),
    }
}

/// A character in UCS-2: one unit, or the two of a surrogate pair, which stay together.
pub(super) fn in_ucs2(character: char) -> Glyph {
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units);
    Glyph { size: units.len(), octets: units.iter().flat_map(|unit| unit.to_be_bytes()).collect() }
}

fn in_gsm7(character: char) -> Option<Vec<u8>> {
    if let Some((code, _)) = EXTENSION.iter().find(|(_, known)| *known == character) {
        return Some(vec![ESCAPE, *code]);
    }
    let code = DEFAULT.iter().position(|known| *known == character)?;
    u8::try_from(code).ok().filter(|code| *code != ESCAPE).map(|code| vec![code])
}

/// What octets under a `data_coding` say, as UTF-16 units: parts of a longer text may break inside a surrogate pair, so
/// only the whole is read as characters. `None`: no text.
pub(super) fn units(octets: &[u8], data_coding: u8, alphabet: Alphabet) -> Option<Vec<u16>> {
    match data_coding {
        // With a message class in the low bits (3GPP TS 23.038, 4) it is GSM whatever the SMSC's default is.
        0xf0..=0xf3 => Some(from_gsm7(octets)),
        DEFAULT_CODING if alphabet == Alphabet::Gsm7 => Some(from_gsm7(octets)),
        // IA5 is the lower half of it.
        DEFAULT_CODING | 1 | 3 => Some(octets.iter().map(|octet| u16::from(*octet)).collect()),
        UCS2_CODING => Some(octets.chunks(2).map(unit).collect()),
        _ => None,
    }
}

/// An octet that is left over is half a unit, which says nothing.
fn unit(octets: &[u8]) -> u16 {
    match octets {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => u16::from_be_bytes([0xff, 0xfd]),
    }
}

/// An unknown extension is shown as the character of the default table, as the standard has it.
fn from_gsm7(octets: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(octets.len());
    let mut escaped = false;
    for octet in octets {
        let code = octet & 0x7f;
        if code == ESCAPE && !escaped {
            escaped = true;
            continue;
        }
        let extended = escaped.then(|| EXTENSION.iter().find(|(known, _)| *known == code)).flatten();
        escaped = false;
        let character = extended.map_or(DEFAULT[usize::from(code)], |(_, character)| *character);
        // An escape after an escape is a table that no one has defined; the standard shows a blank.
        let character = if character == '\u{1b}' { ' ' } else { character };
        let mut pair = [0; 2];
        units.extend_from_slice(character.encode_utf16(&mut pair));
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_gsm_tables_survives_the_way_there_and_back() {
        let characters = DEFAULT.iter().chain(EXTENSION.iter().map(|(_, character)| character));
        for character in characters.filter(|character| **character != '\u{1b}') {
            let glyph = in_default(*character, Alphabet::Gsm7).expect("it is in the table");
            let read = units(&glyph.octets, DEFAULT_CODING, Alphabet::Gsm7).expect("text");
            assert_eq!(String::from_utf16_lossy(&read), character.to_string());
        }
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let rows: [(char, &[u8]); 9] = [
            ('@', &[0x00]),
            ('\n', &[0x0a]),
            ('Δ', &[0x10]),
            (' ', &[0x20]),
            ('A', &[0x41]),
            ('¿', &[0x60]),
            ('z', &[0x7a]),
            ('à', &[0x7f]),
            ('€', &[0x1b, 0x65]),
        ];
        for (character, octets) in rows {
            assert_eq!(
                in_default(character, Alphabet::Gsm7).expect("it is in the table").octets,
                octets,
                "{character}"
            );
        }
        for character in ['ç', '售', '`', '\u{1b}', '\t', '’'] {
            assert!(in_default(character, Alphabet::Gsm7).is_none(), "{character:?}");
        }
    }

    #[test]
    fn latin1_takes_the_room_that_the_phone_will_need() {
        let bracket = in_default('[', Alphabet::Latin1).expect("in both");
        assert_eq!((bracket.size, bracket.octets), (2, vec![b'[']));
        assert!(in_default('€', Alphabet::Latin1).is_none(), "not in ISO 8859-1");
        assert!(in_default('ç', Alphabet::Latin1).is_none(), "not in GSM");
    }

    #[test]
    fn what_comes_in_is_read_by_its_data_coding() {
        let read = |octets: &[u8], coding, alphabet| {
            units(octets, coding, alphabet).map(|units| String::from_utf16_lossy(&units))
        };
        let gsm7 = |octets: &[u8]| read(octets, 0, Alphabet::Gsm7).expect("text");
        assert_eq!(gsm7(b"\x00\x1b\x65\x1b\x41\x1b\x1b\x1b"), "@€A ");
        assert_eq!(read(b"\xe9\x40", 0, Alphabet::Latin1).as_deref(), Some("é@"));
        assert_eq!(read(b"\xe9\x40", 3, Alphabet::Gsm7).as_deref(), Some("é@"));
        assert_eq!(read(b"\x00\x05", 0xf1, Alphabet::Latin1).as_deref(), Some("@é"));
        assert_eq!(read(b"\x55\x2e\xd8\x3d\xde\x00", 8, Alphabet::Gsm7).as_deref(), Some("售😀"));
        assert_eq!(read(b"\x55", 8, Alphabet::Gsm7).as_deref(), Some("\u{fffd}"));
        assert_eq!(read(b"\x00", 4, Alphabet::Gsm7), None, "binary");
    }
}

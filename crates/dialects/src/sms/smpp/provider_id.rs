//! The SMSC's name of a part, in one form: case and leading zeros do not count, and a receipt that writes it in another
//! base than the submit answer did is turned, as the account says.

use usher_domain::ProviderId;

use crate::accounts::ReceiptId;

/// The id of a submit answer. `None` where the SMSC gave none: no receipt can be matched then.
pub fn of_answer(id: &str) -> Option<ProviderId> {
    let id = id.trim().to_ascii_lowercase();
    let digits = id.trim_start_matches('0');
    match (id.is_empty(), digits.is_empty()) {
        (true, _) => None,
        (_, true) => Some(ProviderId::new("0")),
        _ => Some(ProviderId::new(digits)),
    }
}

/// The id of a receipt. What is no number in the base that it should have stays as it is.
pub(super) fn of_receipt(id: &str, written: ReceiptId) -> Option<ProviderId> {
    let id = of_answer(id)?;
    let other = match written {
        ReceiptId::AsIs => None,
        ReceiptId::HexToDecimal => u128::from_str_radix(id.as_str(), 16).ok().map(|number| number.to_string()),
        ReceiptId::DecimalToHex => id.as_str().parse::<u128>().ok().map(|number| format!("{number:x}")),
    };
    Some(other.map_or(id, ProviderId::new))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_receipt_names_what_the_answer_named_however_both_are_written() {
        let rows = [
            ("1A2B", "1a2b", ReceiptId::AsIs),
            ("0012345", "12345", ReceiptId::AsIs),
            ("12345", "0000012345", ReceiptId::AsIs),
            (" 7 ", "07", ReceiptId::AsIs),
            ("000", "0", ReceiptId::AsIs),
            ("3b9aca00", "1000000000", ReceiptId::DecimalToHex),
            ("03B9ACA00", "01000000000", ReceiptId::DecimalToHex),
            ("1000000000", "3B9ACA00", ReceiptId::HexToDecimal),
            ("01000000000", "03b9aca00", ReceiptId::HexToDecimal),
            ("d2b9-7f", "D2B9-7F", ReceiptId::HexToDecimal),
            ("d2b9-7f", "0D2B9-7F", ReceiptId::DecimalToHex),
        ];
        for (answer, receipt, written) in rows {
            assert_eq!(of_receipt(receipt, written), of_answer(answer), "{answer} {receipt} {written:?}");
            assert!(of_answer(answer).is_some());
        }
        assert_eq!(of_answer("  "), None);
        assert_ne!(of_answer("10"), of_answer("1"));
    }

    proptest! {
        #[test]
        fn a_number_is_found_in_either_base(number: u64, zeros in 0_usize..6) {
            let zeros = "0".repeat(zeros);
            let (hex, decimal) = (format!("{zeros}{number:X}"), format!("{zeros}{number}"));
            prop_assert_eq!(of_receipt(&decimal, ReceiptId::DecimalToHex), of_answer(&hex));
            prop_assert_eq!(of_receipt(&hex, ReceiptId::HexToDecimal), of_answer(&decimal));
        }
    }
}

//! Which files are kept: an allow-list. Nothing that a browser would run is on it.

/// A type of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The end of the file's name, in lower case.
    pub name: &'static str,
    /// The type in HTTP (IANA).
    pub media_type: &'static str,
    /// Whether visitors of a Huawei channel may send it (`uploadFileStream`).
    pub visitors: bool,
}

/// All that there are: what Huawei's `uploadFileStream` and `downloadFileStream` name, and the other pictures and sounds
/// that the channels carry.
const ALL: [Format; 17] = [
    format("jpg", "image/jpeg", true),
    format("jpeg", "image/jpeg", true),
    format("png", "image/png", true),
    format("bmp", "image/bmp", true),
    format("mp3", "audio/mpeg", true),
    format("aac", "audio/aac", true),
    format("mp4", "video/mp4", true),
    format("txt", "text/plain", true),
    format("csv", "text/csv", true),
    format("gif", "image/gif", false),
    format("webp", "image/webp", false),
    format("amr", "audio/amr", false),
    format("ogg", "audio/ogg", false),
    format("pdf", "application/pdf", false),
    format("doc", "application/msword", false),
    format("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", false),
    format("zip", "application/zip", false),
];

const fn format(name: &'static str, media_type: &'static str, visitors: bool) -> Format {
    Format { name, media_type, visitors }
}

impl Format {
    /// The one with this name, in any case. The vendor's older pages write `bpm` for `bmp`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = if name.eq_ignore_ascii_case("bpm") { "bmp" } else { name };
        ALL.into_iter().find(|format| format.name.eq_ignore_ascii_case(name))
    }

    /// The one of this media type; its parameters do not matter.
    pub(crate) fn of_media_type(media_type: &str) -> Option<Self> {
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        ALL.into_iter().find(|format| format.media_type.eq_ignore_ascii_case(media_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_name_and_media_type() {
        for (name, expected) in [("JPG", "jpg"), ("bpm", "bmp"), ("docx", "docx")] {
            assert_eq!(Format::named(name).map(|format| format.name), Some(expected));
        }
        for (media_type, expected) in [("image/jpeg", "jpg"), ("Text/Plain; charset=utf-8", "txt")] {
            assert_eq!(Format::of_media_type(media_type).map(|format| format.name), Some(expected));
        }
        for unknown in ["", "html", "svg", "exe", "../jpg", "jpg/.."] {
            assert_eq!(Format::named(unknown), None, "{unknown}");
        }
        for unknown in ["", "text/html", "image/svg+xml", "application/octet-stream"] {
            assert_eq!(Format::of_media_type(unknown), None, "{unknown}");
        }
    }
}

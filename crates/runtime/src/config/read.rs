//! Reading files: which format, which references to secrets, and what an error may say. A wrong value is never shown: a
//! secret that YAML takes for a number would stand in the log.

use std::path::Path;

use config::{File, FileFormat, FileSourceString, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::ConfigError;

/// Reads a YAML or TOML file of another shape (accounts, directory) and resolves its references to secrets.
pub fn read_file<T: DeserializeOwned>(file: &Path) -> Result<T, ConfigError> {
    read(&file.display().to_string(), source(file)?)
}

/// Reads YAML that is already in memory; `place` names it in errors.
pub fn read_yaml<T: DeserializeOwned>(place: &str, yaml: &str) -> Result<T, ConfigError> {
    read(place, File::from_str(yaml, FileFormat::Yaml))
}

/// A file as a source of configuration; its name says its format.
pub(super) fn source(file: &Path) -> Result<File<FileSourceString, FileFormat>, ConfigError> {
    let refused = |problem: String| ConfigError::Wrong { place: file.display().to_string(), problem };
    let format = match file.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => FileFormat::Yaml,
        Some("toml") => FileFormat::Toml,
        _ => return Err(refused("the file's name must end in .yaml, .yml or .toml".to_owned())),
    };
    let text = std::fs::read_to_string(file).map_err(|error| refused(format!("can not be read: {error}")))?;
    Ok(File::from_str(&text, format))
}

/// `accounts.file` of a configuration file, from that file's folder: where the process was started does not matter then.
pub(super) fn accounts_beside(file: &Path) -> Result<config::Config, ConfigError> {
    const KEY: &str = "accounts.file";
    let wrong = |error| wrong(&file.display().to_string(), &error);
    let own = config::Config::builder().add_source(source(file)?).build().map_err(wrong)?;
    let mut beside = config::Config::builder();
    if let (Ok(accounts), Some(folder)) = (own.get_string(KEY), file.parent()) {
        beside = beside.set_override(KEY, folder.join(accounts).display().to_string()).map_err(wrong)?;
    }
    beside.build().map_err(wrong)
}

fn read<T: DeserializeOwned>(place: &str, source: File<FileSourceString, FileFormat>) -> Result<T, ConfigError> {
    let builder = config::Config::builder().add_source(source);
    let tree = builder.build().and_then(config::Config::try_deserialize);
    let mut tree: Value = tree.map_err(|error| wrong(place, &error))?;
    resolve(&mut tree, "", place)?;
    T::deserialize(tree).map_err(|error| wrong(place, &error))
}

/// What is wrong at a place, without the wrong value.
pub(super) fn wrong(place: &str, error: &config::ConfigError) -> ConfigError {
    // A parser of TOML draws the line that it does not understand, with a bar at its left.
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|')).collect();
    ConfigError::Wrong { place: place.to_owned(), problem: without_value(&lines.join(": ")) }
}

/// serde says “invalid type: integer `12345678`, expected a string”; only the kind of what was found may be told.
fn without_value(text: &str) -> String {
    let found = ["invalid type: ", "invalid value: "].iter().find_map(|words| Some(text.find(words)? + words.len()));
    let (Some(from), Some(to)) = (found, text.rfind(", expected ")) else { return text.to_owned() };
    if from > to {
        return text.to_owned();
    }
    let kind = text[from..to].split(['`', '"']).next().unwrap_or_default().trim_end();
    let fix = match (kind, text[to..].contains("a string")) {
        ("integer" | "floating point" | "boolean", true) => "; write it in quotes",
        _ => "",
    };
    format!("{}{kind}{}{fix}", &text[..from], &text[to..])
}

/// Replaces every `{ env: NAME }` and `{ file: PATH }` below `value` by the text it refers to.
fn resolve(value: &mut Value, key: &str, place: &str) -> Result<(), ConfigError> {
    if let Some(text) = reference(value, key, place)? {
        value.kind = ValueKind::String(text);
        return Ok(());
    }
    match &mut value.kind {
        ValueKind::Table(table) => {
            table.iter_mut().try_for_each(|(name, value)| resolve(value, &format!("{key}.{name}"), place))
        }
        ValueKind::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, value)| resolve(value, &format!("{key}[{index}]"), place)),
        _ => Ok(()),
    }
}

fn reference(value: &Value, key: &str, place: &str) -> Result<Option<String>, ConfigError> {
    let ValueKind::Table(table) = &value.kind else { return Ok(None) };
    let broken = |problem: String| ConfigError::Reference {
        place: place.to_owned(),
        key: key.trim_start_matches('.').to_owned(),
        problem,
    };
    let mut entries = table.iter();
    match (entries.next(), entries.next()) {
        (Some((kind, name)), None) if kind == "env" => {
            let name = name.to_string();
            let text = std::env::var(&name).map_err(|_| broken(format!("the environment has no variable `{name}`")))?;
            Ok(Some(text))
        }
        (Some((kind, path)), None) if kind == "file" => {
            let path = path.to_string();
            let text = std::fs::read_to_string(&path).map_err(|error| broken(format!("`{path}`: {error}")))?;
            Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: String,
        secrets: Vec<String>,
    }

    #[test]
    fn references_are_resolved_wherever_they_stand() {
        let path = std::env::temp_dir().join(format!("usher-config-{}", std::process::id()));
        std::fs::write(&path, "from a file\n").expect("the temporary folder is writable");
        let yaml = format!("name: 售前\nsecrets:\n  - {{ file: {} }}\n  - plain\n", path.display());
        let sample: Sample = read_yaml("sample", &yaml).expect("readable");
        std::fs::remove_file(&path).expect("it is there");
        assert_eq!(sample, Sample { name: "售前".into(), secrets: vec!["from a file".into(), "plain".into()] });
    }

    #[test]
    fn a_reference_that_leads_nowhere_names_key_and_fix() {
        let error = read_yaml::<Sample>("accounts.yaml", "name: a\nsecrets: [{ env: USHER_NO_SUCH_VARIABLE }]")
            .expect_err("the variable is not set");
        assert_eq!(
            error.to_string(),
            "accounts.yaml: secrets[0]: the environment has no variable `USHER_NO_SUCH_VARIABLE`"
        );
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = read_yaml::<Sample>("x", "name: a\nsecrets: []\nnmae: b").expect_err("nmae is unknown");
        assert!(error.to_string().contains("nmae"), "{error}");
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "lowercase")]
    enum Tagged {
        Sms {
            #[expect(dead_code, reason = "only read by serde")]
            auth_token: String,
        },
    }

    #[test]
    fn a_secret_that_yaml_takes_for_a_number_is_not_shown() {
        for value in ["8812345678", "0.8812345678", "true", "[88123, 45678]"] {
            let yaml = format!("accounts: [{{ kind: sms, auth_token: {value} }}]");
            let error = read_yaml::<std::collections::BTreeMap<String, Vec<Tagged>>>("accounts.yaml", &yaml)
                .expect_err("not a text")
                .to_string();
            assert!(!error.contains("88123") && !error.contains("45678") && !error.contains("true"), "{error}");
            assert!(error.contains("accounts[0]"), "{error}");
            assert!(error.contains("in quotes") || value.starts_with('['), "{error}");
        }
    }

    #[test]
    fn a_line_that_is_no_toml_is_not_shown() {
        let path = std::env::temp_dir().join(format!("usher-broken-{}.toml", std::process::id()));
        std::fs::write(&path, "a = 1\npassword = s3cret s3cret\n").expect("the temporary folder is writable");
        let error = read_file::<Sample>(&path).expect_err("no TOML").to_string();
        std::fs::remove_file(&path).expect("it is there");
        assert!(error.contains("line 2") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn a_file_without_a_known_ending_or_without_itself_is_refused_with_the_fix() {
        for (file, said) in [
            ("d6", "d6: the file's name must end in .yaml, .yml or .toml"),
            ("no-such.yaml", "no-such.yaml: can not be read"),
        ] {
            let error = read_file::<Sample>(Path::new(file)).expect_err(file).to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}

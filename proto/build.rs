//! Compiles every `usher/v1/*.proto` with protox, so that no `protoc` is needed: types for the codec, and the
//! descriptors by which envelopes are shown.

use std::path::PathBuf;
use std::{env, error, fs};

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=usher/v1");
    let mut files: Vec<PathBuf> =
        fs::read_dir("usher/v1")?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "proto"));
    files.sort();

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(false).open_files(&files)?;
    prost_build::Config::new().compile_fds(compiler.file_descriptor_set())?;

    compiler.include_source_info(false).include_imports(true);
    let descriptors = PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin");
    fs::write(descriptors, compiler.encode_file_descriptor_set())?;
    Ok(())
}

//! `bowline check`: what is wrong with a project, without an editor and without a world.

use std::path::PathBuf;
use std::process::ExitCode;

use bowline_model::Problem;
use clap::Args;
use serde_json::{Value, json};

use super::run::problem_json;
use crate::ask::Answer;
use crate::print::{self, Format};
use crate::report::{Blame, Report};

/// What is checked, and for whom.
#[derive(Args)]
pub(crate) struct CheckArgs {
    /// The project's folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// As GitHub Actions show them: beside the lines of a pull request.
    #[arg(long)]
    github: bool,
}

/// Checks it. Exit 1 if anything is wrong.
pub(crate) async fn run(args: CheckArgs, format: Format) -> Result<ExitCode, Report> {
    let root = super::local::root(&args.dir)?;
    let checked = tokio::task::spawn_blocking(move || bowline_lsp::check(&root)).await;
    let checked = checked.map_err(|error| Report::new(Blame::Us, "check", error))?;
    let exit = u8::from(!checked.problems.is_empty());
    let list: Vec<Value> = checked.problems.iter().map(problem_json).collect();
    let json = json!({"files": checked.files, "problems": list, "notices": checked.notices});
    let mut text: Vec<String> = checked.notices.iter().map(|it| format!("note: {it}")).collect();
    match args.github {
        true => text.extend(checked.problems.iter().map(|it| annotation(it, &args.dir))),
        false => text.extend(checked.problems.iter().map(ToString::to_string)),
    }
    let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    text.push(format!("{}, {}", many(checked.files, "file"), many(checked.problems.len(), "problem")));
    print::answer(&Answer { exit, json, text: text.join("\n") }, format);
    Ok(ExitCode::from(exit))
}

/// A workflow command. Files are named from where the command was given.
fn annotation(it: &Problem, dir: &std::path::Path) -> String {
    let place = dir.join(&it.path);
    let place = place.strip_prefix(".").unwrap_or(&place).display().to_string();
    let mut message = it.message.clone();
    if let Some(help) = &it.help {
        message += &format!("\n{help}");
    }
    let (line, column) = (it.line.max(1), it.column.max(1));
    let (file, title) = (property(&place), property(it.code));
    format!("::error file={file},line={line},col={column},title={title}::{}", data(&message))
}

/// What GitHub asks to be written otherwise in a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// And in a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bowline_model::Problem;

    use super::annotation;

    #[test]
    fn a_line_of_a_workflow() {
        let problem =
            Problem::file("unknown_field", "apps/A/a,b.js", "100% wrong").at(3, 7).help("did you mean `x`?");
        assert_eq!(
            annotation(&problem, Path::new("./world")),
            "::error file=world/apps/A/a%2Cb.js,line=3,col=7,title=unknown_field::100%25 wrong%0Adid you mean `x`?"
        );
    }
}

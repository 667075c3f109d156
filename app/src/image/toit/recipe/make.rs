//! Making the image: programs compiled, put into the envelope, and extracted.

use super::convert::{LazySdk, convert};
use super::{Made, News, Program, ProgramKind, Recipe, RecipeError, SYSTEM, Step, Warning, warnings};
use crate::image::Image;
use crate::image::envelope::extract::{Config, ExtractError, Format, Partitions, extract};
use crate::image::envelope::{Envelope, Kind, Value};

/// What the image is called as long as it is in no file.
pub(in crate::image::toit) const IMAGE: &str = "ota.bin";

impl Recipe {
    /// Makes the image. Dropping the future cancels it: the compiler and all it has started are killed.
    ///
    /// Needs a tokio runtime with I/O; what takes long runs on its threads for blocking work.
    ///
    /// # Errors
    /// A program cannot be read, compiled or installed, or no image can be made of the envelope.
    pub async fn make(&self, envelope: Envelope, tell: impl Fn(News<'_>)) -> Result<Made, RecipeError> {
        if envelope.kind() == Kind::Host {
            return Err(ExtractError::Host.into());
        }
        self.check_names()?;
        self.check_left_out(&envelope)?;
        let mut sdk = LazySdk::new(self.sdk.as_deref(), envelope.sdk_version());
        let mut envelope = envelope;
        self.leave_out(&mut envelope)?;
        for program in &self.programs {
            // Before it is compiled, which may take long.
            let assets = program.assets()?;
            let content = program_content(program, &mut sdk, &tell).await?;
            install(program, content, assets, &mut envelope)?;
        }
        self.set_properties(&mut envelope)?;
        convert(&mut envelope, None, &mut sdk, &tell).await?;
        tell(News::Step(Step::Making));
        let config = self.config.clone();
        let made = tokio::task::spawn_blocking(move || finish(envelope, &config));
        made.await.unwrap_or(Err(RecipeError::Stopped))
    }

    /// What the user should know before anything is made. Files are read, and nothing is compiled.
    #[must_use]
    pub fn forecast(&self, envelope: &Envelope) -> Vec<Warning> {
        let mut envelope = envelope.clone();
        let mut is_known = true;
        let _ = self.leave_out(&mut envelope);
        for program in &self.programs {
            // What cannot be read or installed is said when the image is made.
            let ready = program.kind().ok().filter(|kind| *kind != ProgramKind::Source);
            let content = ready.and_then(|_| program.content().ok());
            let ready = content.zip(program.assets().ok());
            is_known &= ready
                .is_some_and(|(content, assets)| install(program, content, assets, &mut envelope).is_ok());
        }
        let _ = self.set_properties(&mut envelope);
        let mut all = warnings(&envelope, &self.config);
        all.retain(|warning| is_known || !warning.is_about_validation());
        all
    }

    fn check_names(&self) -> Result<(), RecipeError> {
        for (index, program) in self.programs.iter().enumerate() {
            if program.name == SYSTEM {
                return Err(RecipeError::System(program.file.clone()));
            }
            if self.programs.iter().take(index).any(|other| other.name == program.name) {
                return Err(RecipeError::Twice(program.name.clone()));
            }
        }
        Ok(())
    }

    fn set_properties(&self, envelope: &mut Envelope) -> Result<(), RecipeError> {
        if let Some(wifi) = &self.wifi {
            envelope.set_wifi(wifi)?;
        }
        if let Some(uuid) = &self.uuid {
            envelope.set_property("uuid", Value::Text(uuid.to_string()))?;
        }
        Ok(())
    }
}

async fn program_content(
    program: &Program,
    sdk: &mut LazySdk<'_>,
    tell: &impl Fn(News<'_>),
) -> Result<Vec<u8>, RecipeError> {
    let content = if program.kind()? == ProgramKind::Source {
        // Before the SDK is looked for: a missing file is the likelier mistake.
        program.content()?;
        let sdk = sdk.get(tell).await?;
        tell(News::Step(Step::Compiling { name: &program.name, sdk: &sdk.to_string() }));
        sdk.compile(&program.file, |line| tell(News::Line(line))).await?
    } else {
        program.content()?
    };
    Ok(content)
}

fn install(
    program: &Program,
    content: Vec<u8>,
    assets: Option<Vec<u8>>,
    envelope: &mut Envelope,
) -> Result<(), RecipeError> {
    let installed = envelope.install(&program.name, content, assets, program.start);
    installed.map_err(|error| RecipeError::Program { path: program.file.clone(), error })
}

fn finish(envelope: Envelope, config: &Config) -> Result<Made, RecipeError> {
    let firmware = extract(&envelope, Format::Binary, config, &Partitions::default())?;
    let mut warnings = warnings(&envelope, config);
    warnings.extend(firmware.warnings.into_iter().map(Warning::Extract));
    let image = Image::from_bytes(IMAGE.as_ref(), firmware.bytes).map_err(RecipeError::NotAnImage)?;
    Ok(Made { image, envelope, warnings, private: firmware.private })
}

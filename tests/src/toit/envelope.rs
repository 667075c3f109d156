//! Envelopes: the body of a chip, the containers in it, and its properties.

use super::archive::archive;
use super::body::{Body, Chip};
use super::encoded::{Uuid, assets, bytes, container_id, dashed, sdk_uuid, text, tison_map};
use super::extension::{Part, app_image, patched};
use super::layout::{Ids, image};
use super::parts::parts;
use super::program::Program;
use super::relocatable::Word;
use super::snapshot::Bundle;

/// The version of the SDK that [`Envelope::new`] is of.
pub const SDK: &str = "v2.0.0-alpha.195";

/// What a container is stored as.
#[derive(Clone, Debug)]
pub enum Stored {
    /// A snapshot.
    Snapshot(Box<Bundle>),
    /// A relocatable image of 32 bits, with its id.
    Image(Uuid, Vec<u8>),
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// What it is stored as.
    pub stored: Stored,
    /// 1 runs at boot, 2 is critical.
    pub flags: u8,
    /// Its assets, encoded.
    pub assets: Option<Vec<u8>>,
}

impl Container {
    /// A snapshot that runs at boot, without assets.
    #[must_use]
    pub fn snapshot(name: &str, bundle: Bundle) -> Self {
        Self { name: name.to_owned(), stored: Stored::Snapshot(Box::new(bundle)), flags: 1, assets: None }
    }

    /// Its id in an app image. The system's assets are not those that are stored.
    fn id(&self, assets: Option<&[u8]>) -> Uuid {
        match &self.stored {
            Stored::Snapshot(bundle) => container_id(&bundle.uuid(), assets),
            Stored::Image(id, _) => *id,
        }
    }

    fn part(&self, assets: Option<&[u8]>) -> Part {
        let image = match &self.stored {
            Stored::Snapshot(bundle) => {
                let ids = Ids { container: self.id(assets), system: [0; 16], snapshot: bundle.uuid() };
                image(&bundle.program, Word::W32, &ids)
            }
            Stored::Image(_, image) => image.clone(),
        };
        Part { image, flags: self.flags, assets: assets.map(<[u8]>::to_vec) }
    }

    fn stored(&self) -> Vec<u8> {
        match &self.stored {
            Stored::Snapshot(bundle) => bundle.to_bytes(),
            Stored::Image(_, image) => image.clone(),
        }
    }
}

/// An envelope of an ESP32.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The app image.
    pub body: Body,
    /// The version of the SDK.
    pub sdk: String,
    /// The containers; one of the name `system` is the system.
    pub containers: Vec<Container>,
    /// Name and password of the WiFi network.
    pub wifi: Option<(String, String)>,
    /// The system's UUID, where it is not the SDK's.
    pub uuid: Option<Uuid>,
}

impl Envelope {
    /// With the system alone, critical.
    #[must_use]
    pub fn new(chip: Chip) -> Self {
        let mut system = Container::snapshot("system", Bundle::new(SDK, Program::sample()));
        system.flags = 3;
        Self { body: Body::new(chip), sdk: SDK.to_owned(), containers: vec![system], wifi: None, uuid: None }
    }

    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let metadata = format!(r#"{{"sdk-version":"{}","kind":"esp32","word-size":4}}"#, self.sdk);
        let mut magic = 0x0abe_ca70_u32.to_le_bytes().to_vec();
        magic.extend_from_slice(&8_u32.to_le_bytes());
        let mut entries = vec![
            ("$envelope".to_owned(), magic),
            ("$metadata".to_owned(), metadata.into_bytes()),
            ("$firmware.bin".to_owned(), self.body.to_bytes()),
        ];
        // `create` puts the properties behind the system.
        let (system, others) = self.split();
        entries.extend(system.map(|container| (container.name.clone(), container.stored())));
        entries.push(("$properties".to_owned(), self.properties().into_bytes()));
        for container in others {
            entries.push((container.name.clone(), container.stored()));
            entries.extend(container.assets.clone().map(|assets| (format!("+{}", container.name), assets)));
        }
        archive(&entries)
    }

    /// What `extract --format=binary` has to write, `config` being the encoded configuration.
    #[must_use]
    pub fn app_image(&self, config: &[u8]) -> Vec<u8> {
        app_image(&self.body, &self.system_uuid(), &self.assembled(), config)
    }

    /// What `extract --format=ubjson` has to write.
    #[must_use]
    pub fn parts(&self, config: &[u8]) -> Vec<u8> {
        let extension = patched(self.body.table(), &self.system_uuid(), &self.assembled(), config);
        parts(&self.body, &extension, &self.app_image(config))
    }

    /// The UUID of the system.
    #[must_use]
    pub fn system_uuid(&self) -> Uuid {
        self.uuid.unwrap_or_else(|| sdk_uuid(&self.sdk))
    }

    /// The id of a container in the app image, the system's excepted.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<Uuid> {
        let container = self.containers.iter().find(|container| container.name == name)?;
        Some(container.id(container.assets.as_deref()))
    }

    fn assembled(&self) -> Vec<Part> {
        let (system, others) = self.split();
        let mut parts: Vec<Part> = Vec::new();
        parts.extend(system.map(|container| container.part(Some(&self.system_assets(&others)))));
        parts.extend(others.iter().map(|container| container.part(container.assets.as_deref())));
        parts
    }

    fn system_assets(&self, others: &[&Container]) -> Vec<u8> {
        let mut entries = Vec::new();
        if let Some((ssid, password)) = &self.wifi {
            let wifi = [("wifi.ssid", text(ssid)), ("wifi.password", text(password))];
            entries.push(("wifi", tison_map(&wifi)));
        }
        if !others.is_empty() {
            let images: Vec<(&str, Vec<u8>)> = others
                .iter()
                .map(|container| (container.name.as_str(), bytes(&container.id(container.assets.as_deref()))))
                .collect();
            entries.push(("images", tison_map(&images)));
        }
        let entries: Vec<(&str, &[u8])> =
            entries.iter().map(|(name, content)| (*name, content.as_slice())).collect();
        assets(&entries)
    }

    fn split(&self) -> (Option<&Container>, Vec<&Container>) {
        let (system, others): (Vec<_>, Vec<_>) =
            self.containers.iter().partition(|container| container.name == "system");
        (system.first().copied(), others)
    }

    fn properties(&self) -> String {
        let flags: Vec<String> = self
            .containers
            .iter()
            .map(|container| format!(r#""{}":{}"#, container.name, container.flags))
            .collect();
        let mut fields = vec![format!(r#""$container-flags":{{{}}}"#, flags.join(","))];
        if let Some((ssid, password)) = &self.wifi {
            fields.push(format!(r#""wifi":{{"wifi.ssid":"{ssid}","wifi.password":"{password}"}}"#));
        }
        fields.extend(self.uuid.map(|uuid| format!(r#""uuid":"{}""#, dashed(&uuid))));
        format!("{{{}}}", fields.join(","))
    }
}

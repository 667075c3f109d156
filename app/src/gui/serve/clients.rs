//! Lines to paste into the firmware of devices that fetch an image on their own.

/// Who fetches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Client {
    /// `esp_https_ota` of ESP-IDF.
    #[default]
    EspIdf,
    /// `HTTPUpdate` of the Arduino core.
    Arduino,
    /// `ota.toit`, of the tutorial.
    Toit,
    /// `curl`, to try it.
    Curl,
}

impl Client {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::EspIdf, "ESP-IDF"), (Self::Arduino, "Arduino"), (Self::Toit, "Toit"), (Self::Curl, "curl")];

    /// The lines that fetch from this URL.
    #[must_use]
    pub fn lines(self, url: &str) -> String {
        match self {
            Self::EspIdf => format!(
                "#include \"esp_https_ota.h\"\n\n\
                 // In sdkconfig: CONFIG_ESP_HTTPS_OTA_ALLOW_HTTP=y\n\
                 esp_http_client_config_t http = {{\n    .url = \"{url}\",\n    .keep_alive_enable = true,\n}};\n\
                 esp_https_ota_config_t ota = {{ .http_config = &http }};\n\
                 if (esp_https_ota(&ota) == ESP_OK) {{\n    esp_restart();\n}}"
            ),
            Self::Arduino => format!(
                "#include <WiFi.h>\n#include <HTTPUpdate.h>\n\n\
                 // Once WiFi is connected; it restarts by itself.\n\
                 WiFiClient client;\n\
                 t_httpUpdate_return result = httpUpdate.update(client, \"{url}\");\n\
                 if (result == HTTP_UPDATE_FAILED) {{\n  \
                 Serial.println(httpUpdate.getLastErrorString());\n}}"
            ),
            Self::Toit => format!(
                "import http\nimport net\nimport system.firmware\n\n\
                 // Needs: jag pkg install github.com/toitlang/pkg-http\n\
                 main:\n  network := net.open\n  client := http.Client network\n  \
                 response := client.get --uri=\"{url}\"\n  \
                 if response.status-code != 200: throw response.status-message\n  \
                 writer := firmware.FirmwareWriter 0 response.body.content-size\n  \
                 try:\n    while data := response.body.read: writer.write data\n    writer.commit\n  \
                 finally:\n    writer.close\n    client.close\n    network.close\n  \
                 firmware.upgrade"
            ),
            Self::Curl => format!("curl --fail --continue-at - --output ota.bin {url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_given_the_url() {
        for (client, name) in Client::ALL {
            assert!(
                client.lines("http://10.0.0.2:8000/ota.bin").contains("http://10.0.0.2:8000/ota.bin"),
                "{name}"
            );
        }
    }
}

package booking

// SettingsFromYAML returns the settings a season newly made from a settings file
// has: what the file names, and the defaults.
func SettingsFromYAML(text []byte) (Settings, error) {
	id, patch, err := ParseSettingsYAML(text)
	if err != nil {
		return Settings{}, err
	}
	return DefaultSettings(id).patched(patch)
}

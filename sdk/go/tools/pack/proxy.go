package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// writeVersion writes a module proxy's four files for the only version of a module.
func writeVersion(to, folder, version string, files []file) error {
	mod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return err
	}
	packed := module.Version{Path: modfile.ModulePath(mod), Version: version}
	escaped, err := module.EscapePath(packed.Path)
	if err != nil {
		return err
	}
	at := filepath.Join(to, filepath.FromSlash(escaped), "@v")
	if err := errors.Join(os.RemoveAll(at), os.MkdirAll(at, 0o755)); err != nil {
		return err
	}
	// No time: the archive is told by what is in it.
	info, err := json.Marshal(map[string]string{"Version": version})
	if err != nil {
		return err
	}
	if err := writeArchive(filepath.Join(at, version+".zip"), packed, files); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(at, version+".mod"), mod, 0o644),
		os.WriteFile(filepath.Join(at, version+".info"), info, 0o644),
		os.WriteFile(filepath.Join(at, "list"), []byte(version+"\n"), 0o644),
	)
}

func writeArchive(path string, packed module.Version, files []file) error {
	archive, err := os.Create(path)
	if err != nil {
		return err
	}
	ordered := make([]zip.File, len(files))
	for i, one := range slices.SortedFunc(slices.Values(files), byName) {
		ordered[i] = one
	}
	return errors.Join(zip.Create(archive, packed, ordered), archive.Close())
}

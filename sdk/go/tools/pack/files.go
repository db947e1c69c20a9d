package main

import (
	"cmp"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/mod/zip"
)

// file is a file of the disk and its name in the archive.
type file struct{ name, path string }

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (os.FileInfo, error)  { return os.Lstat(f.path) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(f.path) }

// moduleFiles are those of a folder that belong to the module: no others that
// lie about there, and no modules inside it.
func moduleFiles(folder string) ([]file, error) {
	checked, err := zip.CheckDir(folder)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, found := range checked.Valid {
		relative, err := filepath.Rel(folder, found)
		if err != nil {
			return nil, err
		}
		name := filepath.ToSlash(relative)
		if path.Ext(name) == ".go" || slices.Contains([]string{"go.mod", "go.sum", "README.md"}, name) {
			files = append(files, file{name, found})
		}
	}
	return files, nil
}

func byName(a, b file) int { return cmp.Compare(a.name, b.name) }

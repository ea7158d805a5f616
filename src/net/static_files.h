#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"
#include "net/http.h"

namespace righttask::net {

/// The files of a web application, read into memory once, so that serving one touches no disk and
/// no path from a request ever reaches the file system. Immutable after loading.
///
/// `/` and paths without a dot in their last segment are answered with index.html, since the page
/// routes them itself. Files below /assets/ carry a hash in their name and never change.
class StaticFiles {
 public:
  /// Reads every regular file below `root`; symbolic links that lead out of it, and names that
  /// begin with a dot, are left out. `name.br` and `name.gz` beside `name` are its encodings.
  /// The error is a sentence.
  [[nodiscard]] static Result<StaticFiles, std::string> load(const std::filesystem::path& root,
                                                             std::size_t bytes_max = 64u << 20);

  /// 200 or 304 for GET and HEAD, 405 for other methods, 404, or 400 for a path that cannot be.
  [[nodiscard]] HttpResponse respond(const HttpRequest& request) const;

  [[nodiscard]] std::size_t file_count() const { return files_.size(); }
  [[nodiscard]] std::size_t total_bytes() const { return total_bytes_; }

 private:
  struct Variant {
    SharedBytes body;  // null: not there
    std::string etag;
  };
  struct File {
    std::string type;
    Variant plain, gzip, brotli;
  };

  [[nodiscard]] const File* find(const std::string& path) const;

  std::unordered_map<std::string, File> files_;  // by path from the root: "/assets/app-1f2e.js"
  std::size_t total_bytes_ = 0;
};

/// The type a browser is told, from the name's ending.
[[nodiscard]] std::string_view mime_type(std::string_view name);

}  // namespace righttask::net

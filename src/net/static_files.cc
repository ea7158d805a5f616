#include "net/static_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "base/base64.h"
#include "net/sha1.h"
#include "net/url.h"

namespace righttask::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAssets = "/assets/";
constexpr std::string_view kIndex = "/index.html";

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"html", "text/html; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/x-icon"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"wasm", "application/wasm"},
    {"txt", "text/plain; charset=utf-8"},
    {"xml", "application/xml"},
    {"pdf", "application/pdf"},
};

/// What the page may load: its own files, sockets to anywhere (the server may be another host).
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

void add_security_headers(HttpResponse& response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.emplace_back("X-Frame-Options", "DENY");  // for who knows no frame-ancestors
}

std::string etag_of(ByteView content) {
  return '"' + base64_encode(sha1(content)) + '"';
}

/// Whether `path`, its links followed, lies below `root`, which is canonical.
bool lies_within(const fs::path& root, const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return false;
  return std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
}

bool is_hidden(const fs::path& relative) {
  return std::any_of(relative.begin(), relative.end(),
                     [](const fs::path& part) { return part.native().starts_with('.'); });
}

/// Reads at most `bytes_max`; nothing when it cannot be read or is larger.
std::optional<Bytes> read_file(const fs::path& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  Bytes content;
  std::array<char, 64 << 10> part;
  while (file) {
    file.read(part.data(), part.size());
    const auto got = static_cast<std::size_t>(file.gcount());
    if (content.size() + got > bytes_max) return std::nullopt;
    append(content, byte_view(part.data(), got));
  }
  return content;
}

/// Whether Accept-Encoding names this coding, and not with a weight of zero.
bool accepts(const HttpRequest& request, std::string_view coding) {
  for (const std::string_view item : request.headers.tokens("Accept-Encoding")) {
    const std::size_t end = std::min(item.find_first_of("; \t"), item.size());
    if (!equal_ignoring_case(item.substr(0, end), coding)) continue;
    const std::size_t weight = item.find("q=");
    return weight == item.npos || item.find_first_of("123456789", weight) != item.npos;
  }
  return false;
}

/// The path as a key of the file table; nothing where it cannot name a file of ours.
std::optional<std::string> key_of(std::string_view path) {
  const auto segments = path_segments(path);
  if (!segments) return std::nullopt;
  std::string key;
  for (const std::string& segment : *segments) key += '/' + segment;
  return key;
}

}  // namespace

std::string_view mime_type(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view ending = dot == name.npos ? std::string_view{} : name.substr(dot + 1);
  for (const auto& [known, type] : kTypes) {
    if (equal_ignoring_case(ending, known)) return type;
  }
  return "application/octet-stream";
}

Result<StaticFiles, std::string> StaticFiles::load(const fs::path& folder, std::size_t bytes_max) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return fail("cannot read " + folder.string() + ": " + error.message());
  StaticFiles out;
  fs::recursive_directory_iterator entries(root, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const fs::path& path = entries->path();
    const fs::path relative = path.lexically_relative(root);
    std::error_code ignored;
    if (!entries->is_regular_file(ignored) || is_hidden(relative) || !lies_within(root, path)) {
      continue;
    }
    auto content = read_file(path, bytes_max - out.total_bytes_);
    if (!content) {
      return fail("cannot read " + path.string() + ", or " + folder.string() + " holds more than " +
                  std::to_string(bytes_max >> 20) + " MiB");
    }
    out.total_bytes_ += content->size();
    std::string key = '/' + relative.generic_string();
    Variant File::* variant = &File::plain;
    if (key.ends_with(".gz")) variant = &File::gzip, key.resize(key.size() - 3);
    if (key.ends_with(".br")) variant = &File::brotli, key.resize(key.size() - 3);
    File& file = out.files_[key];
    file.type = mime_type(key);
    file.*variant = {share(std::move(*content)), {}};
    (file.*variant).etag = etag_of(*(file.*variant).body);
  }
  if (error) return fail("cannot read " + folder.string() + ": " + error.message());
  // Only an encoding of something we have is served.
  std::erase_if(out.files_, [](const auto& entry) { return !entry.second.plain.body; });
  return out;
}

const StaticFiles::File* StaticFiles::find(const std::string& path) const {
  const auto found = files_.find(path);
  if (found != files_.end()) return &found->second;
  const std::size_t segment = path.rfind('/');
  const bool is_page = segment == path.npos || path.find('.', segment) == path.npos;
  if (!is_page || path.starts_with(kAssets)) return nullptr;
  const auto index = files_.find(std::string(kIndex));
  return index == files_.end() ? nullptr : &index->second;
}

HttpResponse StaticFiles::respond(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse refusal = error_response(405);
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  const auto path = key_of(request.path);
  if (!path) return error_response(400);
  const File* file = find(*path);
  if (!file) return error_response(404);

  const Variant* variant = &file->plain;
  std::string_view coding;
  if (file->gzip.body && accepts(request, "gzip")) variant = &file->gzip, coding = "gzip";
  if (file->brotli.body && accepts(request, "br")) variant = &file->brotli, coding = "br";

  HttpResponse response;
  add_security_headers(response);
  response.headers.emplace_back("Cache-Control", path->starts_with(kAssets)
                                                     ? "public, max-age=31536000, immutable"
                                                     : "no-cache");
  response.headers.emplace_back("ETag", variant->etag);
  if (file->gzip.body || file->brotli.body)
    response.headers.emplace_back("Vary", "Accept-Encoding");
  const auto known = request.headers.find("If-None-Match");
  if (known && etag_matches(*known, variant->etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", file->type);
  if (!coding.empty()) response.headers.emplace_back("Content-Encoding", coding);
  response.body = variant->body;
  return response;
}

}  // namespace righttask::net

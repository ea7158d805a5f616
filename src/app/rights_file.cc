#include "app/rights_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "api/rights_json.h"
#include "runtime/file_descriptor.h"

namespace righttask::app {
namespace {

std::unexpected<std::string> about(const std::filesystem::path& path, int error) {
  return fail(path.string() + ": " + std::strerror(error));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<void, std::string> replace_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path beside = path.string() + ".new";
  {
    // What lies there is of a writing that was cut off, or a trap: it is never written into.
    ::unlink(beside.c_str());
    const runtime::FileDescriptor file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid() || !write_all(file.get(), text) || ::fsync(file.get()) != 0) {
      return about(beside, errno);
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return about(path, errno);
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const runtime::FileDescriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid() || ::fsync(parent.get()) != 0) return about(folder, errno);
  return {};
}

RightsFile::RightsFile(runtime::Loop& loop, std::filesystem::path path, ops::Log log)
    : loop_(loop), path_(std::move(path)), log_(std::move(log)), writer_("rights") {}

Result<server::RightsLists, std::string> RightsFile::load(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown) return server::RightsLists();
  if (std::filesystem::is_directory(path, unknown)) return about(path, EISDIR);
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || !text) return about(path, errno != 0 ? errno : EIO);
  auto lists = api::decode_lists(text.str());
  if (!lists) return fail(path.string() + ": " + lists.error());
  return lists;
}

void RightsFile::keep(server::RightsLists lists, Done done) {
  writer_.post([this, text = api::encode_lists(lists), done = std::move(done)]() mutable {
    auto written = replace_file(path_, text);
    loop_.post_answer([this, written = std::move(written), done = std::move(done)]() mutable {
      if (!written) log_->error("what operators decided is not kept: {}", written.error());
      done(written.has_value());
    });
  });
}

}  // namespace righttask::app

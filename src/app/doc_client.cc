#include "app/doc_client.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <memory>

#include "api/control_socket.h"
#include "base/check.h"
#include "net/url.h"
#include "runtime/file_descriptor.h"

namespace righttask::app {
namespace {

struct CurlRelease {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t take(const char* data, std::size_t, std::size_t size, void* to) {
  static_cast<std::string*>(to)->append(data, size);
  return size;
}

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  CHECK(curl_easy_setopt(handle, option, value) == CURLE_OK);
}

std::string address_of(const api::DocumentCall& call) {
  std::string out = "http://localhost/doc/" + net::percent_encode(call.verb);
  char joint = '?';
  for (const auto& [key, value] : call.parameters) {
    out += joint + net::percent_encode(key) + "=" + net::percent_encode(value);
    joint = '&';
  }
  return out;
}

}  // namespace

bool server_listens(const std::filesystem::path& data_dir) {
  const std::string path = api::ControlSocket::path_in(data_dir.string());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  const runtime::FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd.valid() &&
         connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Result<DocAnswer, std::string> ask_server(const std::filesystem::path& data_dir,
                                          const api::DocumentCall& call) {
  const std::unique_ptr<CURL, CurlRelease> handle(curl_easy_init());
  // No wait for "100 Continue".
  const std::unique_ptr<curl_slist, CurlRelease> headers(curl_slist_append(nullptr, "Expect:"));
  CHECK(handle != nullptr && headers != nullptr);
  CURL* const curl = handle.get();
  const std::string path = api::ControlSocket::path_in(data_dir.string());
  const std::string address = address_of(call);
  DocAnswer answer;
  set(curl, CURLOPT_UNIX_SOCKET_PATH, path.c_str());
  set(curl, CURLOPT_URL, address.c_str());
  set(curl, CURLOPT_NOPROXY, "*");
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  set(curl, CURLOPT_POST, 1L);
  set(curl, CURLOPT_POSTFIELDSIZE_LARGE,
      static_cast<curl_off_t>(call.body ? call.body->size() : 0));
  set(curl, CURLOPT_POSTFIELDS, call.body ? reinterpret_cast<const char*>(call.body->data()) : "");
  set(curl, CURLOPT_WRITEFUNCTION, &take);
  set(curl, CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    return fail("the server on " + data_dir.string() +
                " does not answer: " + curl_easy_strerror(code));
  }
  long status = 0;
  CHECK(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace righttask::app

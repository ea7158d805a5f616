#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/bytes.h"
#include "net/http.h"
#include "server/document_service.h"

namespace righttask::api {

/// What `righttask doc` asks for, of a server or of the store itself.
struct DocumentCall {
  std::string verb;  // "ls", "show", "export", …
  std::map<std::string, std::string> parameters;
  SharedBytes body;  // of an import; else null
};

/// Does what calls say, for whoever may do everything; answers as HTTP would. (Spec: CLI-3)
class DocumentCalls {
 public:
  using Then = std::move_only_function<void(net::HttpResponse)>;

  explicit DocumentCalls(server::DocumentService& documents) : documents_(documents) {}

  /// `then` runs inside this call, or later as a task of the loop.
  void run(DocumentCall call, Then then);

 private:
  server::DocumentService& documents_;
};

}  // namespace righttask::api

#pragma once

#include <string>

namespace musterd {

/// GETs a small document: at most 5 seconds, 512 KiB and no redirects, certificates checked. Blocks. Throws
/// std::runtime_error.
std::string fetch(const std::string& url);

}  // namespace musterd

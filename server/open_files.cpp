#include "server/open_files.hpp"

#include "common/observation/log.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace musterd {
namespace {

constexpr std::size_t for_others = 256, at_least = 16;

std::size_t open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 1024;
  auto allowed = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : allowed;
}

}  // namespace

std::size_t affordable_connections(std::size_t wanted) {
  auto files = open_files_limit();
  if (files >= wanted && files - wanted >= for_others)
    return wanted;
  auto left = std::max(files, for_others + at_least) - for_others;
  log::warn({"server", "few_open_files"}, "{} open files allow {} connections, not {}", files, left, wanted);
  return left;
}

}  // namespace musterd

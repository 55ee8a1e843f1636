#include "http/message/response.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace musterd {

bool shared_text::append_piece(std::string& out, std::uint64_t offset) const {
  out.append(text_, offset, piece);
  return offset < text_.size();
}

std::shared_ptr<const file_body> file_body::open(const std::string& path) {
  auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return nullptr;
  struct stat about{};
  auto known = ::fstat(descriptor, &about) == 0;
  return std::make_shared<const file_body>(descriptor, known ? static_cast<std::uint64_t>(about.st_size) : 0);
}

file_body::~file_body() {
  ::close(descriptor_);
}

bool file_body::append_piece(std::string& out, std::uint64_t offset) const {
  auto wanted = std::min(piece, size_ - offset);
  auto before = out.size();
  out.resize(before + wanted);
  auto got = ::pread(descriptor_, out.data() + before, wanted, static_cast<off_t>(offset));
  out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

}  // namespace musterd

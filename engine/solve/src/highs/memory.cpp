// The allocation functions that C++ lets a program replace, for the arrays of HiGHS.
//
// A model's arrays are written once, from end to end. Backed by small pages, the faults of that
// first touch cost more than the writing, so the system is asked for large ones. That is advice:
// where it isn't taken, nothing else changes.

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace {

// Bytes of a large page, from which blocks begin at one. Where they are larger, nothing is gained.
constexpr std::size_t page = std::size_t{1} << 21;

void* allocate(std::size_t size) noexcept {
  if (size < page) return std::malloc(size == 0 ? 1 : size);
  void* block = nullptr;
  if (posix_memalign(&block, page, size) != 0) return nullptr;
  madvise(block, size / page * page, MADV_HUGEPAGE);
  return block;
}

}  // namespace

void* operator new(std::size_t size) {
  for (;;) {
    if (void* block = allocate(size)) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void operator delete(void* block) noexcept { std::free(block); }

void operator delete(void* block, std::size_t) noexcept { std::free(block); }

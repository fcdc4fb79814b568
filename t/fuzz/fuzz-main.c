/* fuzz-main.c - Runs a fuzzer without a fuzzing engine.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * fuzz-X [--time SECS] [--count N] [--seed N] [FILE|DIR]...  hands each file
 * to the fuzzer, then copies of them with simple changes: N of them, and more
 * until SECS seconds have gone by.  The changes come from the seed alone, so
 * that a second run does the same.  A build with -fsanitize=fuzzer leaves
 * this file out.  */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define INPUT_SIZE (64 * 1024)
#define MAX_SEEDS 4096
#define MAX_SECONDS 86400
#define MAX_COUNT 1000000000

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
__attribute__ ((weak)) int LLVMFuzzerInitialize (int *argc, char ***argv);

struct seed
{
  uint8_t *data;
  size_t len;
};

static struct seed seeds[MAX_SEEDS];
static size_t n_seeds;
static uint64_t state = 0x9e3779b97f4a7c15;


static void
fail (const char *what, const char *name)
{
  fprintf (stderr, "%s: %s: %s\n", what, name, strerror (errno));
  exit (EXIT_FAILURE);
}


/* xorshift64* */
static size_t
pick (size_t n)
{
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return n ? (size_t)((state * 0x2545f4914f6cdd1d) >> 16) % n : 0;
}


/* Hand over a copy that is exactly as large as the input, so that a
   sanitizer sees each step beyond it.  */
static void
run_one (const uint8_t *data, size_t len)
{
  uint8_t *copy = malloc (len ? len : 1);

  if (!copy)
    fail ("memory", "input");
  memcpy (copy, data, len);
  LLVMFuzzerTestOneInput (copy, len);
  free (copy);
}


static void
load_file (const char *path)
{
  FILE *fp = fopen (path, "rb");
  struct seed *seed = &seeds[n_seeds];

  if (!fp)
    fail ("open", path);
  if (n_seeds == MAX_SEEDS)
    {
      fprintf (stderr, "%s: more than %d files\n", path, MAX_SEEDS);
      exit (EXIT_FAILURE);
    }
  seed->data = malloc (INPUT_SIZE);
  if (!seed->data)
    fail ("memory", path);
  seed->len = fread (seed->data, 1, INPUT_SIZE, fp);
  if (ferror (fp))
    fail ("read", path);
  fclose (fp);
  n_seeds++;
  run_one (seed->data, seed->len);
}


static void
load_path (const char *path)
{
  struct dirent **entries;
  struct stat st;
  char name[PATH_MAX];
  int i, n;

  if (stat (path, &st))
    fail ("stat", path);
  if (!S_ISDIR (st.st_mode))
    {
      load_file (path);
      return;
    }
  /* Sorted, for a run that can be repeated.  */
  n = scandir (path, &entries, NULL, alphasort);
  if (n < 0)
    fail ("read", path);
  for (i = 0; i < n; i++)
    {
      if (snprintf (name, sizeof name, "%s/%s", path, entries[i]->d_name)
          >= (int)sizeof name)
        fail ("name too long", path);
      if (entries[i]->d_name[0] != '.')
        load_path (name);
      free (entries[i]);
    }
  free (entries);
}


/* Put LEN bytes of FROM in place of the GONE bytes of BUF at AT.  */
static size_t
splice (uint8_t *buf, size_t buflen, size_t at, size_t gone,
        const uint8_t *from, size_t len)
{
  if (buflen - gone + len > INPUT_SIZE)
    return buflen;
  memmove (buf + at + len, buf + at + gone, buflen - at - gone);
  memcpy (buf + at, from, len);
  return buflen - gone + len;
}


/* One change somewhere in the LEN bytes of BUF.  Returns the new
   length.  */
static size_t
change (uint8_t *buf, size_t len)
{
  static const uint8_t telling[] =
    { 0, 1, '\n', ' ', '%', '=', ',', ':', '-', '/', '0', '9', 'A', 'a',
      0x7f, 0x80, 0xbf, 0xc2, 0xe2, 0xff };
  const struct seed *other = &seeds[pick (n_seeds)];
  uint8_t byte = telling[pick (sizeof telling)];
  size_t at = pick (len + 1), n = pick (len - at + 1), from;

  switch (pick (7))
    {
    case 0:
      if (at < len)
        buf[at] ^= (uint8_t)(1u << pick (8));
      return len;
    case 1:
      if (at < len)
        buf[at] = byte;
      return len;
    case 2:
      return splice (buf, len, at, 0, &byte, 1);
    case 3:
      return splice (buf, len, at, n < 16 ? n : pick (16), &byte, 0);
    case 4:
      return at;
    default:
      from = pick (other->len + 1);
      return splice (buf, len, at, n < 64 ? n : 0, other->data + from,
                     pick ((other->len - from < 128 ? other->len - from
                            : 128) + 1));
    }
}


static void
mutate (unsigned long secs, unsigned long count)
{
  static uint8_t buf[INPUT_SIZE];
  struct timespec now;
  time_t end;
  unsigned long n = 0;
  size_t len, i;

  clock_gettime (CLOCK_MONOTONIC, &now);
  end = now.tv_sec + (time_t)secs;
  while (n < count || now.tv_sec < end)
    {
      const struct seed *seed = &seeds[pick (n_seeds)];

      len = seed->len;
      memcpy (buf, seed->data, len);
      for (i = pick (4) + 1; i; i--)
        len = change (buf, len);
      run_one (buf, len);
      if (!(++n % 64))
        clock_gettime (CLOCK_MONOTONIC, &now);
    }
  printf ("%lu changed inputs\n", n);
}


/* The value TEXT of OPTION, MOST at most.  */
static unsigned long
parse_number (const char *option, const char *text, unsigned long most)
{
  char *end;
  unsigned long value = strtoul (text ? text : "", &end, 10);

  if (!text || end == text || *end || value > most)
    {
      fprintf (stderr, "%s takes a number, %lu at most\n", option, most);
      exit (EXIT_FAILURE);
    }
  return value;
}


/* Of 0 xorshift makes nothing else.  */
static void
set_seed (unsigned long seed)
{
  state ^= (uint64_t)seed * 0xbf58476d1ce4e5b9;
  if (!state)
    state = 1;
}


int
main (int argc, char **argv)
{
  unsigned long secs = 0, count = 0;
  int i;

  if (LLVMFuzzerInitialize)
    LLVMFuzzerInitialize (&argc, &argv);
  for (i = 1; i < argc; i++)
    if (!strcmp (argv[i], "--time"))
      secs = parse_number ("--time", argv[++i], MAX_SECONDS);
    else if (!strcmp (argv[i], "--count"))
      count = parse_number ("--count", argv[++i], MAX_COUNT);
    else if (!strcmp (argv[i], "--seed"))
      set_seed (parse_number ("--seed", argv[++i], ULONG_MAX));
    else
      load_path (argv[i]);
  if (!n_seeds)
    {
      seeds[0].data = calloc (1, 1);
      if (!seeds[0].data)
        fail ("memory", "input");
      run_one (seeds[n_seeds++].data, 0);
    }
  printf ("%zu files\n", n_seeds);
  mutate (secs, count);
  while (n_seeds)
    free (seeds[--n_seeds].data);
  return EXIT_SUCCESS;
}

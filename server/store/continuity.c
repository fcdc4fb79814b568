/* continuity.c - A record on tmpfs that tells a store from an old copy.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One pwrite a change: a process that is killed leaves the old record or
 * the new one.  A power failure takes the whole tmpfs with it, which is
 * what we want, so nothing is synced.  */

#include "continuity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../ipc/fields.h"

#define MAGIC "postern continuity 2"    /* 20 bytes without the NUL.  */
#define MAGIC_LEN 20
#define RECORD_LEN (MAGIC_LEN + CLOCK_BOOTLEN + 2 * (8 + REQUEST_HASHLEN) \
                    + 8 + 1 + 8 + 16)
#define FILE_LEN (RECORD_LEN + REQUEST_HASHLEN) /* With a checksum.  */

struct continuity_s
{
  int fd;
};


bool
continuity_is_volatile (const char *path)
{
  char *copy = strdup (path);
  struct statfs fs;
  bool result = false;
  char *slash;

  while (copy && (slash = strrchr (copy, '/')) && slash != copy
         && statfs (copy, &fs))
    *slash = 0;
  if (copy)
    result = !statfs (*copy ? copy : "/", &fs)
      && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
  free (copy);
  return result;
}


gpg_error_t
continuity_dir (const char *runtime, char **r_path)
{
  if (asprintf (r_path, "%s/decide", runtime) >= 0)
    return 0;
  *r_path = NULL;
  return gpg_error (GPG_ERR_ENOMEM);
}


#define FIELD(kind, member, last) \
  { FIELD_ ## kind, .at = offsetof (struct continuity_record, member), \
    .size = sizeof ((struct continuity_record *)0)->member, .most = last }
#define NUMBER(member) FIELD (NUMBER, member, UINT64_MAX)

/* Behind MAGIC; all of fixed length.  */
static const struct field record_fields[] =
  {
    FIELD (RAW, boot_id, 0), NUMBER (committed.seq),
    FIELD (RAW, committed.hash, 0), NUMBER (intended.seq),
    FIELD (RAW, intended.hash, 0), NUMBER (offset),
    FIELD (NUMBER, has_floor, 1), NUMBER (floor_boot), NUMBER (put_back),
    NUMBER (put_back_at), { .kind = FIELD_END }
  };

static const struct layout record_layout =
  { "record", record_fields, sizeof (struct continuity_record), 0, NULL };


static void
encode_record (const struct continuity_record *record, unsigned char *buf)
{
  size_t len;

  memcpy (buf, MAGIC, MAGIC_LEN);
  fields_write (&record_layout, record, buf + MAGIC_LEN,
                RECORD_LEN - MAGIC_LEN, &len);
  request_hash (buf, RECORD_LEN, buf + RECORD_LEN);
}


static gpg_error_t
decode_record (const unsigned char *buf, struct continuity_record *record)
{
  unsigned char hash[REQUEST_HASHLEN];

  request_hash (buf, RECORD_LEN, hash);
  if (memcmp (buf, MAGIC, MAGIC_LEN)
      || memcmp (hash, buf + RECORD_LEN, sizeof hash))
    return gpg_error (GPG_ERR_NOT_FOUND);
  return fields_read (&record_layout, buf + MAGIC_LEN,
                      RECORD_LEN - MAGIC_LEN, record)
    ? gpg_error (GPG_ERR_NOT_FOUND) : 0;
}


gpg_error_t
continuity_open (const char *dir, continuity_t *r_cont,
                 struct continuity_record *record, gpg_error_t *r_found)
{
  unsigned char buf[FILE_LEN + 1];
  ssize_t n;
  char *path;
  int fd;

  *r_cont = NULL;
  memset (record, 0, sizeof *record);
  if (asprintf (&path, "%s/continuity", dir) < 0)
    return gpg_error (GPG_ERR_ENOMEM);
  fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  free (path);
  if (fd < 0)
    return gpg_error_from_syserror ();
  *r_cont = malloc (sizeof **r_cont);
  if (!*r_cont)
    {
      close (fd);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  (*r_cont)->fd = fd;
  n = pread (fd, buf, sizeof buf, 0);
  *r_found = n == FILE_LEN ? decode_record (buf, record)
                           : gpg_error (GPG_ERR_NOT_FOUND);
  return 0;
}


void
continuity_close (continuity_t cont)
{
  if (!cont)
    return;
  close (cont->fd);
  free (cont);
}


gpg_error_t
continuity_give (continuity_t cont, uid_t uid, gid_t gid)
{
  return fchown (cont->fd, uid, gid) ? gpg_error_from_syserror () : 0;
}


gpg_error_t
continuity_write (continuity_t cont, const struct continuity_record *record)
{
  unsigned char buf[FILE_LEN];
  ssize_t n;

  encode_record (record, buf);
  do
    n = pwrite (cont->fd, buf, sizeof buf, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return gpg_error_from_syserror ();
  return n == FILE_LEN ? 0 : gpg_error (GPG_ERR_ENOSPC);
}


bool
claim_mark_equal (const struct claim_mark *a, const struct claim_mark *b)
{
  return a->seq == b->seq && !memcmp (a->hash, b->hash, REQUEST_HASHLEN);
}

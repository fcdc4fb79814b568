/* snapshot-write.c - Write a snapshot: for muster.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshot-format.h"

struct snapshot_writer_s
{
  int fd;
  uint64_t changed;
  struct snapshot_basis basis;
  uint32_t people;
  uint64_t written;             /* Bytes at FD.  */
  size_t n;                     /* Bytes in BUF.  */
  unsigned char buf[65536];
};


gpg_error_t
snapshot_writer_open (int fd, uint64_t changed, snapshot_writer_t *r_writer)
{
  snapshot_writer_t writer = calloc (1, sizeof *writer);

  *r_writer = writer;
  if (!writer)
    return gpg_error_from_syserror ();
  writer->fd = fd;
  writer->changed = changed;
  writer->n = SNAPSHOT_HEADERLEN;       /* Written in the end.  */
  return 0;
}


static gpg_error_t
write_at (int fd, const unsigned char *p, size_t len, uint64_t at)
{
  ssize_t n;

  for (; len; p += n, len -= (size_t)n, at += (uint64_t)n)
    {
      n = pwrite (fd, p, len, (off_t)at);
      if (n < 0 && errno == EINTR)
        n = 0;
      if (n < 0)
        return gpg_error_from_syserror ();
    }
  return 0;
}


static gpg_error_t
flush_writer (snapshot_writer_t writer)
{
  gpg_error_t err = write_at (writer->fd, writer->buf, writer->n,
                              writer->written);

  writer->written += writer->n;
  writer->n = 0;
  return err;
}


static gpg_error_t
append (snapshot_writer_t writer, const void *data, size_t len)
{
  const unsigned char *p = data;
  gpg_error_t err = 0;
  size_t n;

  for (; !err && len; p += n, len -= n)
    {
      if (writer->n == sizeof writer->buf)
        err = flush_writer (writer);
      n = sizeof writer->buf - writer->n;
      if (n > len)
        n = len;
      memcpy (writer->buf + writer->n, p, n);
      writer->n += n;
    }
  return err;
}


/* *R_SUM is how many bytes the N parts take.  */
static gpg_error_t
measure (const struct snapshot_part *part, size_t n, size_t *r_sum)
{
  size_t i;

  *r_sum = 0;
  if (!n || n > SNAPSHOT_MAX_PARTS)
    return gpg_error (GPG_ERR_TOO_LARGE);
  for (i = 0; i < n; i++)
    {
      if (!part[i].body_len || part[i].body_len > OPENPGP_MAX_KEY
          || part[i].binding_len > SNAPSHOT_MAX_BINDING)
        return gpg_error (GPG_ERR_TOO_LARGE);
      *r_sum += SNAPSHOT_PARTLEN + part[i].body_len + part[i].binding_len;
    }
  return 0;
}


static gpg_error_t
append_part (snapshot_writer_t writer, const struct snapshot_part *part)
{
  unsigned char head[SNAPSHOT_PARTLEN], *p = head;
  gpg_error_t err;

  p = snapshot_put (p, part->state, 1);
  p = snapshot_put (p, part->expires, 8);
  p = snapshot_put (p, part->body_len, 2);
  snapshot_put (p, part->binding_len, 2);
  err = append (writer, head, sizeof head);
  if (!err)
    err = append (writer, part->body, part->body_len);
  if (!err)
    err = append (writer, part->binding, part->binding_len);
  return err;
}


gpg_error_t
snapshot_add_judged (snapshot_writer_t writer,
                     const struct snapshot_part *part, size_t n,
                     const unsigned char digest[SNAPSHOT_DIGESTLEN])
{
  unsigned char head[SNAPSHOT_PERSONLEN], *p;
  gpg_error_t err;
  size_t sum, i;

  err = measure (part, n, &sum);
  if (err)
    return err;
  if (writer->written + writer->n + sum + sizeof head > SNAPSHOT_MAX_LEN)
    return gpg_error (GPG_ERR_TOO_LARGE);
  p = snapshot_put (snapshot_put (head, sum, 4), n, 1);
  memcpy (p, digest, SNAPSHOT_DIGESTLEN);
  err = append (writer, head, sizeof head);
  for (i = 0; !err && i < n; i++)
    err = append_part (writer, part + i);
  writer->people++;
  return err;
}


gpg_error_t
snapshot_add (snapshot_writer_t writer, const struct snapshot_part *part,
              size_t n)
{
  static const unsigned char none[SNAPSHOT_DIGESTLEN];

  return snapshot_add_judged (writer, part, n, none);
}


void
snapshot_writer_rest (snapshot_writer_t writer,
                      const struct snapshot_basis *basis)
{
  writer->basis = *basis;
}


gpg_error_t
snapshot_writer_close (snapshot_writer_t writer)
{
  unsigned char head[SNAPSHOT_HEADERLEN], *p = head;
  gpg_error_t err;

  if (!writer)
    return 0;
  memcpy (p, SNAPSHOT_MAGIC, SNAPSHOT_MAGICLEN);
  p = snapshot_put (p + SNAPSHOT_MAGICLEN, SNAPSHOT_VERSION, 4);
  p = snapshot_put (p, writer->changed, 8);
  p = snapshot_put (p, writer->people, 4);
  p = snapshot_put (p, writer->basis.judged, 8);
  p = snapshot_put (p, writer->basis.next, 8);
  memcpy (p, writer->basis.trust, SNAPSHOT_DIGESTLEN);
  err = flush_writer (writer);
  if (!err)
    err = write_at (writer->fd, head, sizeof head, 0);
  free (writer);
  return err;
}

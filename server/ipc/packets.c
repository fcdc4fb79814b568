/* packets.c - What the roles tell each other: encoders beside decoders.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "packets-parts.h"

#include <string.h>

/* A name of up to SIZE bytes, or none: as many bytes each time, zeros
   behind.  */
static void
write_padded (struct message_writer *w, const char *name, size_t size)
{
  static const char zeros[NETSPEC_FPRLEN];
  size_t len = strnlen (name, size);

  _Static_assert (NETSPEC_NAMELEN <= sizeof zeros, "names are the shorter");
  message_write_raw (w, name, len);
  message_write_raw (w, zeros, size - len);
}

/* NAME has room for a NUL behind.  */
static size_t
read_padded (struct message_reader *r, char *name, size_t size)
{
  size_t len, i;

  message_read_raw (r, name, size);
  name[size] = 0;
  len = strlen (name);
  for (i = len; i < size; i++)
    demand (r, !name[i]);
  return len;
}

static void
write_door (struct message_writer *w, const char *name)
{
  write_padded (w, name, NETSPEC_NAMELEN);
}

static void
read_door (struct message_reader *r, char name[NETSPEC_NAMELEN + 1])
{
  size_t len = read_padded (r, name, NETSPEC_NAMELEN);

  demand (r, !len || netspec_name_valid (name, len));
}

static void
write_maybe_fpr (struct message_writer *w, const char *fpr)
{
  write_padded (w, fpr, NETSPEC_FPRLEN);
}

static void
read_maybe_fpr (struct message_reader *r, char fpr[NETSPEC_FPRLEN + 1])
{
  size_t len = read_padded (r, fpr, NETSPEC_FPRLEN);

  demand (r, !len || netspec_fpr_valid (fpr, len));
}

static uint16_t
read_refusal (struct message_reader *r)
{
  uint16_t v = message_read_u16 (r);

  demand (r, refusal_known (v));
  return v;
}


static void
write_origin (struct message_writer *w, const struct packet_origin *o)
{
  message_write_addr (w, &o->src);
  message_write_addr (w, &o->dst);
  message_write_u16 (w, o->sport);
  message_write_u16 (w, o->dport);
  message_write_u32 (w, o->ifindex);
  write_door (w, o->door);
  message_write_u8 (w, o->previous);
  message_write_u16 (w, o->size);
  message_write_u64 (w, o->seen);
}

static void
read_origin (struct message_reader *r, struct packet_origin *o)
{
  message_read_addr (r, &o->src);
  message_read_addr (r, &o->dst);
  o->sport = message_read_u16 (r);
  o->dport = message_read_u16 (r);
  o->ifindex = message_read_u32 (r);
  read_door (r, o->door);
  o->previous = read_bool (r);
  o->size = message_read_u16 (r);
  o->seen = message_read_u64 (r);
  demand (r, o->src.family != AF_UNSPEC && o->src.family == o->dst.family);
  demand (r, *o->door || !o->previous);
}


gpg_error_t
packet_send_sealed (int fd, uint64_t id, const struct packet_sealed *p)
{
  struct message_writer w;

  message_write_init (&w);
  write_origin (&w, &p->origin);
  message_write_bytes (&w, p->message, p->message_len);
  message_write_bytes (&w, p->attachment, p->attachment_len);
  return message_write_send (&w, fd, PACKET_SEALED, id);
}

gpg_error_t
packet_read_sealed (const struct message *msg, struct packet_sealed *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  read_origin (&r, &p->origin);
  p->message = read_some (&r, 1, SEAL_MAX, &p->message_len);
  p->attachment = read_some (&r, 0, SEAL_MAX, &p->attachment_len);
  return message_read_end (&r);
}


gpg_error_t
packet_send_signed (int fd, uint64_t id, const struct packet_signed *p)
{
  struct message_writer w;

  message_write_init (&w);
  write_origin (&w, &p->origin);
  message_write_bytes (&w, p->blob, p->blob_len);
  message_write_bytes (&w, p->attachment, p->attachment_len);
  return message_write_send (&w, fd, PACKET_SIGNED, id);
}

gpg_error_t
packet_read_signed (const struct message *msg, struct packet_signed *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  read_origin (&r, &p->origin);
  p->blob = read_some (&r, 1, PACKET_BLOBLEN, &p->blob_len);
  p->attachment = read_some (&r, 0, SEAL_MAX, &p->attachment_len);
  return message_read_end (&r);
}


gpg_error_t
packet_send_verified (int fd, uint64_t id, const struct packet_verified *p)
{
  struct message_writer w;

  message_write_init (&w);
  write_origin (&w, &p->origin);
  message_write_string (&w, p->primary);
  message_write_string (&w, p->signing);
  message_write_u64 (&w, p->key_state);
  message_write_u64 (&w, p->keys_changed);
  message_write_bytes (&w, p->text, p->text_len);
  message_write_bytes (&w, p->blob, p->blob_len);
  message_write_bytes (&w, p->attachment, p->attachment_len);
  return message_write_send (&w, fd, PACKET_VERIFIED, id);
}

gpg_error_t
packet_read_verified (const struct message *msg, struct packet_verified *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  read_origin (&r, &p->origin);
  read_fpr (&r, p->primary);
  read_fpr (&r, p->signing);
  p->key_state = message_read_u64 (&r);
  p->keys_changed = message_read_u64 (&r);
  p->text = read_some (&r, 1, REQUEST_MAXLEN, &p->text_len);
  p->blob = read_some (&r, 1, PACKET_BLOBLEN, &p->blob_len);
  p->attachment = read_some (&r, 0, SEAL_MAX, &p->attachment_len);
  return message_read_end (&r);
}


gpg_error_t
packet_send_refused (int fd, uint64_t id, const struct packet_refused *p)
{
  struct message_writer w;

  message_write_init (&w);
  write_origin (&w, &p->origin);
  write_maybe_fpr (&w, p->fpr);
  message_write_u16 (&w, p->refusal);
  return message_write_send (&w, fd, PACKET_REFUSED, id);
}

gpg_error_t
packet_read_refused (const struct message *msg, struct packet_refused *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  read_origin (&r, &p->origin);
  read_maybe_fpr (&r, p->fpr);
  p->refusal = read_refusal (&r);
  demand (&r, refusal_on_way (p->refusal));
  return message_read_end (&r);
}


gpg_error_t
packet_send_counts (int fd, uint64_t id, const struct packet_counts *p)
{
  struct message_writer w;
  unsigned int i;

  message_write_init (&w);
  for (i = 0; i < REFUSAL_COUNTED; i++)
    message_write_u32 (&w, p->n[i]);
  message_write_u32 (&w, p->passed);
  for (i = 0; i < CONFIG_MAX_DOORS; i++)
    {
      write_door (&w, p->door[i].name);
      message_write_u32 (&w, p->door[i].passed);
      message_write_u32 (&w, p->door[i].previous);
    }
  return message_write_send (&w, fd, PACKET_COUNTS, id);
}

gpg_error_t
packet_read_counts (const struct message *msg, struct packet_counts *p)
{
  struct message_reader r;
  unsigned int i;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  for (i = 0; i < REFUSAL_COUNTED; i++)
    p->n[i] = message_read_u32 (&r);
  p->passed = message_read_u32 (&r);
  for (i = 0; i < CONFIG_MAX_DOORS; i++)
    {
      read_door (&r, p->door[i].name);
      p->door[i].passed = message_read_u32 (&r);
      p->door[i].previous = message_read_u32 (&r);
    }
  return message_read_end (&r);
}


static void
write_grant (struct message_writer *w, const struct packet_grant *p)
{
  message_write_raw (w, p->hash, sizeof p->hash);
  message_write_raw (w, p->request, sizeof p->request);
  message_write_string (w, p->rule);
  message_write_string (w, p->user);
  message_write_string (w, p->fpr);
  message_write_addr (w, &p->addr);
  message_write_addr (w, &p->observed);
  message_write_ports (w, &p->ports);
  message_write_u16 (w, p->bind);
  message_write_u8 (w, p->once);
  message_write_u32 (w, p->seconds);
}

static void
read_grant (struct message_reader *r, struct packet_grant *p)
{
  message_read_raw (r, p->hash, sizeof p->hash);
  message_read_raw (r, p->request, sizeof p->request);
  read_name (r, p->rule);
  read_name (r, p->user);
  read_fpr (r, p->fpr);
  message_read_addr (r, &p->addr);
  message_read_addr (r, &p->observed);
  message_read_ports (r, &p->ports);
  p->bind = message_read_u16 (r);
  p->once = read_bool (r);
  p->seconds = message_read_u32 (r);
  demand (r, p->addr.family != AF_UNSPEC && p->observed.family != AF_UNSPEC);
  demand (r, p->ports.n > 0);
}

gpg_error_t
packet_send_recheck (int fd, uint64_t id, const struct packet_recheck *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_bytes (&w, p->blob, p->blob_len);
  return message_write_send (&w, fd, PACKET_RECHECK, id);
}

gpg_error_t
packet_read_recheck (const struct message *msg, struct packet_recheck *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->blob = read_some (&r, 1, PACKET_BLOBLEN, &p->blob_len);
  return message_read_end (&r);
}


gpg_error_t
packet_send_rechecked (int fd, uint64_t id, const struct packet_rechecked *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u16 (&w, p->refusal);
  message_write_string (&w, p->primary);
  return message_write_send (&w, fd, PACKET_RECHECKED, id);
}

gpg_error_t
packet_read_rechecked (const struct message *msg, struct packet_rechecked *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->refusal = message_read_u16 (&r);
  message_read_string (&r, p->primary, sizeof p->primary);
  if (p->refusal)
    demand (&r, refusal_on_way (p->refusal) && !*p->primary);
  else
    demand (&r, netspec_fpr_valid (p->primary, strlen (p->primary)));
  return message_read_end (&r);
}


gpg_error_t
packet_send_grant (int fd, uint64_t id, const struct packet_grant *p)
{
  struct message_writer w;

  message_write_init (&w);
  write_grant (&w, p);
  message_write_u64 (&w, p->answer_by);
  return message_write_send (&w, fd, PACKET_GRANT, id);
}

gpg_error_t
packet_read_grant (const struct message *msg, struct packet_grant *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  read_grant (&r, p);
  p->answer_by = message_read_u64 (&r);
  demand (&r, p->seconds > 0);
  return message_read_end (&r);
}


gpg_error_t
packet_send_granted (int fd, uint64_t id, const struct packet_granted *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u64 (&w, p->until);
  message_write_u32 (&w, p->seconds);
  return message_write_send (&w, fd, PACKET_GRANTED, id);
}

gpg_error_t
packet_read_granted (const struct message *msg, struct packet_granted *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->until = message_read_u64 (&r);
  p->seconds = message_read_u32 (&r);
  return message_read_end (&r);
}


gpg_error_t
packet_send_denied (int fd, uint64_t id, const struct packet_denied *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u16 (&w, p->refusal);
  return message_write_send (&w, fd, PACKET_DENIED, id);
}

gpg_error_t
packet_read_denied (const struct message *msg, struct packet_denied *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->refusal = read_refusal (&r);
  return message_read_end (&r);
}


gpg_error_t
packet_send_close (int fd, uint64_t id, const struct packet_close *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_string (&w, p->user);
  message_write_string (&w, p->prefix);
  message_write_u8 (&w, p->all);
  return message_write_send (&w, fd, PACKET_CLOSE, id);
}

gpg_error_t
packet_read_close (const struct message *msg, struct packet_close *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  read_some_name (&r, p->user);
  message_read_string (&r, p->prefix, sizeof p->prefix);
  p->all = read_bool (&r);
  demand (&r, !p->prefix[strspn (p->prefix, "0123456789abcdef")]);
  return message_read_end (&r);
}


gpg_error_t
packet_send_closed (int fd, uint64_t id, const struct packet_closed *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u16 (&w, p->refusal);
  message_write_u32 (&w, p->n);
  return message_write_send (&w, fd, PACKET_CLOSED, id);
}

gpg_error_t
packet_read_closed (const struct message *msg, struct packet_closed *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->refusal = message_read_u16 (&r);
  p->n = message_read_u32 (&r);
  demand (&r, !p->refusal || (refusal_known (p->refusal) && !p->n));
  return message_read_end (&r);
}


gpg_error_t
packet_send_list (int fd, uint64_t id, const struct packet_list *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u64 (&w, p->after);
  return message_write_send (&w, fd, PACKET_LIST, id);
}

gpg_error_t
packet_read_list (const struct message *msg, struct packet_list *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->after = message_read_u64 (&r);
  return message_read_end (&r);
}


/* The end of a list has no grant.  */
gpg_error_t
packet_send_listed (int fd, uint64_t id, const struct packet_listed *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u64 (&w, p->number);
  if (p->number)
    {
      write_grant (&w, &p->grant);
      message_write_u64 (&w, p->until);
    }
  else
    message_write_u32 (&w, p->owed);
  message_write_u64 (&w, p->since);
  return message_write_send (&w, fd, PACKET_LISTED, id);
}

gpg_error_t
packet_read_listed (const struct message *msg, struct packet_listed *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->number = message_read_u64 (&r);
  if (p->number)
    {
      read_grant (&r, &p->grant);
      p->until = message_read_u64 (&r);
    }
  else
    p->owed = message_read_u32 (&r);
  p->since = message_read_u64 (&r);
  demand (&r, p->number || !p->owed == !p->since);
  return message_read_end (&r);
}


gpg_error_t
packet_send_rebuilt (int fd, uint64_t id, const struct packet_rebuilt *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u32 (&w, p->grants);
  return message_write_send (&w, fd, PACKET_REBUILT, id);
}

gpg_error_t
packet_read_rebuilt (const struct message *msg, struct packet_rebuilt *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->grants = message_read_u32 (&r);
  return message_read_end (&r);
}


gpg_error_t
packet_send_ended (int fd, uint64_t id, const struct packet_ended *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u32 (&w, p->grants);
  return message_write_send (&w, fd, PACKET_ENDED, id);
}

gpg_error_t
packet_read_ended (const struct message *msg, struct packet_ended *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->grants = message_read_u32 (&r);
  return message_read_end (&r);
}


static gpg_error_t
send_text (int fd, uint16_t type, uint64_t id, const char *text)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_string (&w, text);
  return message_write_send (&w, fd, type, id);
}

gpg_error_t
packet_send_reloaded (int fd, uint64_t id, const struct packet_reloaded *p)
{
  return send_text (fd, PACKET_RELOADED, id, p->message);
}

gpg_error_t
packet_read_reloaded (const struct message *msg, struct packet_reloaded *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  message_read_string (&r, p->message, sizeof p->message);
  return message_read_end (&r);
}


gpg_error_t
packet_send_health (int fd, uint64_t id, const struct packet_health *p)
{
  return send_text (fd, PACKET_HEALTH, id, p->message);
}

gpg_error_t
packet_read_health (const struct message *msg, struct packet_health *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  message_read_string (&r, p->message, sizeof p->message);
  return message_read_end (&r);
}

/* packets-vouch.c - Encoders and decoders: about credentials.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The key and the attachment together are a password: what held both is
 * wiped.  */

#include "packets-parts.h"

#include "../../common/base/encode.h"


/* Send what is in W and leave nothing of it.  */
static gpg_error_t
send_wiped (struct message_writer *w, int fd, uint16_t type, uint64_t id)
{
  gpg_error_t err = message_write_send (w, fd, type, id);

  explicit_bzero (w->buf, w->len);
  return err;
}


/* As the grammar of a request has it.  */
static void
read_account (struct message_reader *r, char buf[PASSWD_NAMELEN + 1])
{
  message_read_string (r, buf, PASSWD_NAMELEN + 1);
  demand (r, *buf && encode_is_clean (buf, strlen (buf))
          && !strchr (buf, '\n'));
}


gpg_error_t
packet_send_ask (int fd, uint64_t id, const struct packet_ask *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_raw (&w, p->hash, sizeof p->hash);
  message_write_u8 (&w, p->command);
  message_write_string (&w, p->rule);
  message_write_string (&w, p->user);
  message_write_string (&w, p->account);
  message_write_raw (&w, p->key, sizeof p->key);
  message_write_bytes (&w, p->attachment, p->attachment_len);
  return send_wiped (&w, fd, PACKET_ASK, id);
}

gpg_error_t
packet_read_ask (const struct message *msg, struct packet_ask *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  message_read_raw (&r, p->hash, sizeof p->hash);
  p->command = read_bool (&r);
  read_name (&r, p->rule);
  read_name (&r, p->user);
  read_account (&r, p->account);
  message_read_raw (&r, p->key, sizeof p->key);
  p->attachment = read_some (&r, 1, SEAL_MAX, &p->attachment_len);
  return message_read_end (&r);
}


static gpg_error_t
send_verdict (int fd, uint16_t type, uint64_t id, uint16_t refusal)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u16 (&w, refusal);
  return message_write_send (&w, fd, type, id);
}

static gpg_error_t
read_verdict (const struct message *msg, uint16_t *r_refusal)
{
  struct message_reader r;

  message_read_init (&r, msg);
  *r_refusal = message_read_u16 (&r);
  demand (&r, !*r_refusal || refusal_is_vouchs (*r_refusal));
  return message_read_end (&r);
}


gpg_error_t
packet_send_answer (int fd, uint64_t id, const struct packet_answer *p)
{
  return send_verdict (fd, PACKET_ANSWER, id, p->refusal);
}

gpg_error_t
packet_read_answer (const struct message *msg, struct packet_answer *p)
{
  return read_verdict (msg, &p->refusal);
}


gpg_error_t
packet_send_verdict (int fd, uint64_t id, const struct packet_verdict *p)
{
  return send_verdict (fd, PACKET_VERDICT, id, p->refusal);
}

gpg_error_t
packet_read_verdict (const struct message *msg, struct packet_verdict *p)
{
  return read_verdict (msg, &p->refusal);
}


gpg_error_t
packet_send_ldap (int fd, uint64_t id, const struct packet_ldap *p)
{
  struct message_writer w;
  unsigned int i;

  message_write_init (&w);
  message_write_string (&w, p->name);
  message_write_u8 (&w, p->n_uris);
  for (i = 0; i < p->n_uris; i++)
    message_write_string (&w, p->uri[i]);
  message_write_u8 (&w, p->starttls);
  message_write_string (&w, p->ca_file);
  message_write_string (&w, p->bind_dn);
  message_write_string (&w, p->base);
  message_write_string (&w, p->filter);
  message_write_string (&w, p->service_dn);
  message_write_string (&w, p->member_of);
  message_write_u32 (&w, p->timeout);
  return message_write_send (&w, fd, PACKET_LDAP, id);
}

gpg_error_t
packet_read_ldap (const struct message *msg, struct packet_ldap *p)
{
  struct message_reader r;
  unsigned int i;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  read_name (&r, p->name);
  p->n_uris = message_read_u8 (&r);
  demand (&r, p->n_uris && p->n_uris <= CONFIG_MAX_URIS);
  for (i = 0; i < p->n_uris && !r.failed; i++)
    message_read_string (&r, p->uri[i], sizeof p->uri[i]);
  p->starttls = read_bool (&r);
  message_read_string (&r, p->ca_file, sizeof p->ca_file);
  message_read_string (&r, p->bind_dn, sizeof p->bind_dn);
  message_read_string (&r, p->base, sizeof p->base);
  message_read_string (&r, p->filter, sizeof p->filter);
  message_read_string (&r, p->service_dn, sizeof p->service_dn);
  message_read_string (&r, p->member_of, sizeof p->member_of);
  p->timeout = message_read_u32 (&r);
  demand (&r, !*p->bind_dn == !!*p->filter && !*p->filter == !*p->base);
  demand (&r, p->timeout > 0);
  return message_read_end (&r);
}


gpg_error_t
packet_send_check (int fd, uint64_t id, const struct packet_check *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u8 (&w, p->kind);
  message_write_string (&w, p->account);
  message_write_raw (&w, p->key, sizeof p->key);
  message_write_bytes (&w, p->attachment, p->attachment_len);
  return send_wiped (&w, fd, PACKET_CHECK, id);
}

gpg_error_t
packet_read_check (const struct message *msg, struct packet_check *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->kind = message_read_u8 (&r);
  demand (&r, p->kind >= CONFIG_REQUIRE_CRYPT
          && p->kind <= CONFIG_REQUIRE_LDAP);
  read_account (&r, p->account);
  message_read_raw (&r, p->key, sizeof p->key);
  p->attachment = read_some (&r, 1, SEAL_MAX, &p->attachment_len);
  return message_read_end (&r);
}

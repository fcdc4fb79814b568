/* filter.c - The kernel's part of finding datagrams: a BPF program.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The register X is the offset of the walk after the link's header.  Each
 * load is indexed and has the length of that header in its constant.  libpcap
 * can also convert this form for cooked sockets, where the kernel shows no
 * link header.  VLAN tags that the hardware has removed are not seen here,
 * and need not be.
 *
 * Jumps in BPF only go forward, and conditional ones at most 255
 * instructions.  So each condition is followed by a "ret #0" of its own, and
 * only the unconditional jumps to the UDP part go far.  */

#include "filter.h"

#define MAX_TO_UDP 16           /* Jumps to the UDP part.  */
#define KEEP 0x40000            /* The whole frame, as in libpcap.  */

struct maker
{
  struct filter *filter;
  unsigned int n;
  uint32_t base;                /* Length of the link's header.  */
  unsigned int to_udp[MAX_TO_UDP];
  unsigned int n_to_udp;
};


static unsigned int
put_instruction (struct maker *m, unsigned int code, uint32_t k,
                 unsigned int jt, unsigned int jf)
{
  struct bpf_insn *insn = &m->filter->insn[m->n];

  insn->code = (unsigned short)code;
  insn->jt = (unsigned char)jt;
  insn->jf = (unsigned char)jf;
  insn->k = k;
  return m->n++;
}


/* A = the byte or half-word at X + OFFSET.  */
static void
load_field (struct maker *m, unsigned int size, uint32_t offset)
{
  put_instruction (m, BPF_LD | size | BPF_IND, m->base + offset, 0, 0);
}


/* Reject the frame unless A is K.  */
static void
demand_value (struct maker *m, uint32_t k)
{
  put_instruction (m, BPF_JMP | BPF_JEQ | BPF_K, k, 1, 0);
  put_instruction (m, BPF_RET | BPF_K, 0, 0, 0);
}


/* X += A.  */
static void
advance_x (struct maker *m)
{
  put_instruction (m, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
  put_instruction (m, BPF_MISC | BPF_TAX, 0, 0, 0);
}


/* X += K; A stays.  */
static void
advance_by (struct maker *m, uint32_t k)
{
  put_instruction (m, BPF_ST, 0, 0, 0);
  put_instruction (m, BPF_LD | BPF_IMM, k, 0, 0);
  advance_x (m);
  put_instruction (m, BPF_LD | BPF_MEM, 0, 0, 0);
}


static void
go_udp (struct maker *m)
{
  m->to_udp[m->n_to_udp++] = put_instruction (m, BPF_JMP | BPF_JA, 0, 0, 0);
}


/* A jump over everything up to land_else, taken if CONDITION does not hold for
   A and K.  */
static unsigned int
leap_unless (struct maker *m, unsigned int condition, uint32_t k)
{
  return put_instruction (m, BPF_JMP | condition | BPF_K, k, 0, 0);
}


static void
land_else (struct maker *m, unsigned int at)
{
  m->filter->insn[at].jf = (unsigned char)(m->n - at - 1);
}


static void
make_version (struct maker *m, uint32_t version)
{
  load_field (m, BPF_B, 0);
  put_instruction (m, BPF_ALU | BPF_RSH | BPF_K, 4, 0, 0);
  demand_value (m, version);
}


static void
make_ip4 (struct maker *m)
{
  make_version (m, 4);
  load_field (m, BPF_B, 9);
  demand_value (m, DECAP_UDP);
  load_field (m, BPF_H, 6);
  put_instruction (m, BPF_ALU | BPF_AND | BPF_K, 0x1fff, 0, 0);
  demand_value (m, 0);                /* First fragments are counted. */
  load_field (m, BPF_B, 0);
  put_instruction (m, BPF_ALU | BPF_AND | BPF_K, 0x0f, 0, 0);
  put_instruction (m, BPF_ALU | BPF_LSH | BPF_K, 2, 0, 0);
  advance_x (m);
  go_udp (m);
}


/* A is the type of the header at X: step over it, so that A and X are those
   of the next one.  A fragment header always has 8 bytes; the others have a
   length.  */
static void
make_header (struct maker *m)
{
  unsigned int not_udp, not_fragment;

  not_udp = leap_unless (m, BPF_JEQ, DECAP_UDP);
  go_udp (m);
  land_else (m, not_udp);

  not_fragment = leap_unless (m, BPF_JEQ, DECAP_FRAGMENT);
  load_field (m, BPF_H, 2);
  put_instruction (m, BPF_ALU | BPF_AND | BPF_K, 0xfff8, 0, 0);
  demand_value (m, 0);
  load_field (m, BPF_B, 0);
  put_instruction (m, BPF_ST, 0, 0, 0);
  put_instruction (m, BPF_LD | BPF_IMM, 8, 0, 0);
  put_instruction (m, BPF_JMP | BPF_JA, 9, 0, 0);   /* To advance.  */
  land_else (m, not_fragment);

  put_instruction (m, BPF_JMP | BPF_JEQ | BPF_K, DECAP_HOPOPTS, 3, 0);
  put_instruction (m, BPF_JMP | BPF_JEQ | BPF_K, DECAP_ROUTING, 2, 0);
  put_instruction (m, BPF_JMP | BPF_JEQ | BPF_K, DECAP_DSTOPTS, 1, 0);
  put_instruction (m, BPF_RET | BPF_K, 0, 0, 0);
  load_field (m, BPF_B, 0);
  put_instruction (m, BPF_ST, 0, 0, 0);
  load_field (m, BPF_B, 1);
  put_instruction (m, BPF_ALU | BPF_ADD | BPF_K, 1, 0, 0);
  put_instruction (m, BPF_ALU | BPF_LSH | BPF_K, 3, 0, 0);
  advance_x (m);
  put_instruction (m, BPF_LD | BPF_MEM, 0, 0, 0);
}


static void
make_ip6 (struct maker *m)
{
  int i;

  make_version (m, 6);
  load_field (m, BPF_B, 6);
  advance_by (m, 40);
  for (i = 0; i < DECAP_MAX_HEADERS; i++)
    make_header (m);
  demand_value (m, DECAP_UDP);
  go_udp (m);
}


/* A is the EtherType: step over a tag, if there is one.  */
static void
make_tag (struct maker *m)
{
  unsigned int not_vlan;

  put_instruction (m, BPF_JMP | BPF_JEQ | BPF_K, DECAP_TYPE_QINQ, 1, 0);
  not_vlan = leap_unless (m, BPF_JEQ, DECAP_TYPE_VLAN);
  load_field (m, BPF_H, 2);
  advance_by (m, 4);
  land_else (m, not_vlan);
}


/* A is the EtherType: if it is PPPoE, step over it, and A becomes the
   EtherType of IP.  */
static void
make_pppoe (struct maker *m)
{
  unsigned int not_pppoe;

  not_pppoe = leap_unless (m, BPF_JEQ, DECAP_TYPE_PPPOE);
  load_field (m, BPF_H, 0);
  demand_value (m, 0x1100);
  load_field (m, BPF_H, 6);
  advance_by (m, 8);
  put_instruction (m, BPF_JMP | BPF_JEQ | BPF_K, DECAP_PPP_IP4, 2, 0);
  put_instruction (m, BPF_JMP | BPF_JEQ | BPF_K, DECAP_PPP_IP6, 3, 0);
  put_instruction (m, BPF_RET | BPF_K, 0, 0, 0);
  put_instruction (m, BPF_LD | BPF_IMM, DECAP_TYPE_IP4, 0, 0);
  put_instruction (m, BPF_JMP | BPF_JA, 1, 0, 0);
  put_instruction (m, BPF_LD | BPF_IMM, DECAP_TYPE_IP6, 0, 0);
  land_else (m, not_pppoe);
}


static void
make_link (struct maker *m, const struct decap_link *link)
{
  put_instruction (m, BPF_LDX | BPF_W | BPF_IMM, 0, 0, 0);
  if (link->type >= 0)
    {
      int i;

      put_instruction (m, BPF_LD | BPF_H | BPF_ABS, (uint32_t)link->type, 0, 0);
      for (i = 0; i < DECAP_MAX_TAGS; i++)
        make_tag (m);
      make_pppoe (m);
    }
  else
    {
      load_field (m, BPF_B, 0);
      put_instruction (m, BPF_ALU | BPF_RSH | BPF_K, 4, 0, 0);
    }
}


void
filter_make (struct filter *filter, const struct decap_link *link,
             uint16_t port)
{
  struct maker maker = { filter, 0, link->header, { 0 }, 0 };
  struct maker *m = &maker;
  bool typed = link->type >= 0;
  unsigned int not_ip4, i;

  make_link (m, link);
  not_ip4 = leap_unless (m, BPF_JEQ, typed ? DECAP_TYPE_IP4 : 4);
  make_ip4 (m);
  land_else (m, not_ip4);
  demand_value (m, typed ? DECAP_TYPE_IP6 : 6);
  make_ip6 (m);

  for (i = 0; i < m->n_to_udp; i++)
    filter->insn[m->to_udp[i]].k = m->n - m->to_udp[i] - 1;
  load_field (m, BPF_H, 2);
  demand_value (m, port);
  put_instruction (m, BPF_RET | BPF_K, KEEP, 0, 0);
  filter->program.bf_insns = filter->insn;
  filter->program.bf_len = m->n;
}

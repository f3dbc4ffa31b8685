;; Bytes of a block in its memory; candidates for literals, lines, line feeds, UTF-16 units and what JSON escapes out, sixteen bytes at a time.
;; kernelBytes.ts holds this module as it is assembled; a test keeps the two alike.
(module
  ;; Filters from 0 on; the block behind them. What is read past a block's end is never told.
  (memory (export "memory") 1)

  ;; The next place from $at on, before $end, that passes one of several filters; $end where there is none.
  ;; Each filter is a bit, and looks at two bytes, A and B, at offsets from the beginning of its literal that all of them share. Four tables of sixteen
  ;; bytes from 128 on tell which filters a half of a byte passes: the low half of A, its high half, the same for B. The offsets (i32) are at 192 and 196.
  (func (export "candidate") (param $at i32) (param $end i32) (result i32)
    (local $firstOffset i32) (local $secondOffset i32) (local $firstLow v128) (local $firstHigh v128) (local $secondLow v128) (local $secondHigh v128)
    (local $first v128) (local $second v128) (local $found v128)
    (local.set $firstLow (v128.load (i32.const 128)))
    (local.set $firstHigh (v128.load (i32.const 144)))
    (local.set $secondLow (v128.load (i32.const 160)))
    (local.set $secondHigh (v128.load (i32.const 176)))
    (local.set $firstOffset (i32.load (i32.const 192)))
    (local.set $secondOffset (i32.load (i32.const 196)))
    (block $none
      (loop $step
        (br_if $none (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $first (v128.load (i32.add (local.get $at) (local.get $firstOffset))))
        (local.set $second (v128.load (i32.add (local.get $at) (local.get $secondOffset))))
        (local.set $found
          (v128.and
            (v128.and
              (i8x16.swizzle (local.get $firstLow) (v128.and (local.get $first) (i8x16.splat (i32.const 15))))
              (i8x16.swizzle (local.get $firstHigh) (i8x16.shr_u (local.get $first) (i32.const 4))))
            (v128.and
              (i8x16.swizzle (local.get $secondLow) (v128.and (local.get $second) (i8x16.splat (i32.const 15))))
              (i8x16.swizzle (local.get $secondHigh) (i8x16.shr_u (local.get $second) (i32.const 4))))))
        (if (v128.any_true (local.get $found))
          (then
            (local.set $at (i32.add (local.get $at) (i32.ctz (i8x16.bitmask (i8x16.ne (local.get $found) (v128.const i64x2 0 0))))))
            (return (select (local.get $at) (local.get $end) (i32.lt_u (local.get $at) (local.get $end))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $step)))
    (local.get $end))

  ;; The same for one filter, thirty-two bytes at a time: from 0 on byte A, what is or-ed to the text before it is compared with A, byte B, the same for B
  ;; (sixteen times each), then the offsets of A and B (i32).
  (func $onlyCandidate (export "onlyCandidate") (param $at i32) (param $end i32) (result i32)
    (local $firstOffset i32) (local $secondOffset i32) (local $first v128) (local $firstMask v128) (local $second v128) (local $secondMask v128)
    (local $low v128) (local $high v128)
    (local.set $firstOffset (i32.load (i32.const 64)))
    (local.set $secondOffset (i32.load (i32.const 68)))
    (local.set $first (v128.load (i32.const 0)))
    (local.set $firstMask (v128.load (i32.const 16)))
    (local.set $second (v128.load (i32.const 32)))
    (local.set $secondMask (v128.load (i32.const 48)))
    (block $none
      (loop $step
        (br_if $none (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $low
          (v128.and
            (i8x16.eq (v128.or (v128.load (i32.add (local.get $at) (local.get $firstOffset))) (local.get $firstMask)) (local.get $first))
            (i8x16.eq (v128.or (v128.load (i32.add (local.get $at) (local.get $secondOffset))) (local.get $secondMask)) (local.get $second))))
        (local.set $high
          (v128.and
            (i8x16.eq (v128.or (v128.load offset=16 (i32.add (local.get $at) (local.get $firstOffset))) (local.get $firstMask)) (local.get $first))
            (i8x16.eq (v128.or (v128.load offset=16 (i32.add (local.get $at) (local.get $secondOffset))) (local.get $secondMask)) (local.get $second))))
        (if (v128.any_true (v128.or (local.get $low) (local.get $high)))
          (then
            (local.set $at
              (i32.add
                (local.get $at)
                (i32.ctz (i32.or (i8x16.bitmask (local.get $low)) (i32.shl (i8x16.bitmask (local.get $high)) (i32.const 16))))))
            (return (select (local.get $at) (local.get $end) (i32.lt_u (local.get $at) (local.get $end))))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br $step)))
    (local.get $end))

  ;; Number of line feeds.
  (func $lineFeeds (export "lineFeeds") (param $at i32) (param $end i32) (result i32)
    (local $count i32) (local $stop i32) (local $bytes v128)
    (loop $round
      ;; A byte counts to 255.
      (local.set $stop (call $stop (local.get $at) (local.get $end)))
      (local.set $bytes (v128.const i64x2 0 0))
      (block $summed
        (loop $step
          (br_if $summed (i32.ge_u (local.get $at) (local.get $stop)))
          (local.set $bytes (i8x16.sub (local.get $bytes) (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 10)))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $step)))
      (local.set $count (i32.add (local.get $count) (call $sum (local.get $bytes))))
      (br_if $round (i32.le_u (i32.add (local.get $at) (i32.const 16)) (local.get $end))))
    (block $done
      (loop $rest
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $count (i32.add (local.get $count) (i32.eq (i32.load8_u (local.get $at)) (i32.const 10))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $rest)))
    (local.get $count))

  ;; A whole block in one go: what onlyCandidate gives for it; its line feeds go to 200, and whether it has bytes beyond ASCII to 204.
  (func (export "survey") (param $at i32) (param $end i32) (result i32)
    (local $firstOffset i32) (local $secondOffset i32) (local $first v128) (local $firstMask v128) (local $second v128) (local $secondMask v128)
    (local $low v128) (local $high v128) (local $lowText v128) (local $highText v128) (local $all v128) (local $bytes v128)
    (local $found i32) (local $count i32) (local $stop i32)
    (local.set $firstOffset (i32.load (i32.const 64)))
    (local.set $secondOffset (i32.load (i32.const 68)))
    (local.set $first (v128.load (i32.const 0)))
    (local.set $firstMask (v128.load (i32.const 16)))
    (local.set $second (v128.load (i32.const 32)))
    (local.set $secondMask (v128.load (i32.const 48)))
    (local.set $found (local.get $end))
    (loop $round
      ;; A byte counts to 255, and a step adds up to 2.
      (local.set $stop (i32.and (i32.sub (local.get $end) (local.get $at)) (i32.const -32)))
      (local.set $stop (i32.add (local.get $at) (select (local.get $stop) (i32.const 4064) (i32.lt_u (local.get $stop) (i32.const 4064)))))
      (local.set $bytes (v128.const i64x2 0 0))
      (block $summed
        (loop $step
          (br_if $summed (i32.ge_u (local.get $at) (local.get $stop)))
          (local.set $lowText (v128.load (local.get $at)))
          (local.set $highText (v128.load offset=16 (local.get $at)))
          (local.set $all (v128.or (local.get $all) (v128.or (local.get $lowText) (local.get $highText))))
          (local.set $bytes (i8x16.sub (local.get $bytes) (i8x16.eq (local.get $lowText) (i8x16.splat (i32.const 10)))))
          (local.set $bytes (i8x16.sub (local.get $bytes) (i8x16.eq (local.get $highText) (i8x16.splat (i32.const 10)))))
          (local.set $low
            (v128.and
              (i8x16.eq (v128.or (v128.load (i32.add (local.get $at) (local.get $firstOffset))) (local.get $firstMask)) (local.get $first))
              (i8x16.eq (v128.or (v128.load (i32.add (local.get $at) (local.get $secondOffset))) (local.get $secondMask)) (local.get $second))))
          (local.set $high
            (v128.and
              (i8x16.eq (v128.or (v128.load offset=16 (i32.add (local.get $at) (local.get $firstOffset))) (local.get $firstMask)) (local.get $first))
              (i8x16.eq (v128.or (v128.load offset=16 (i32.add (local.get $at) (local.get $secondOffset))) (local.get $secondMask)) (local.get $second))))
          (if (v128.any_true (v128.or (local.get $low) (local.get $high)))
            (then
              (if (i32.eq (local.get $found) (local.get $end))
                (then
                  (local.set $found
                    (i32.add
                      (local.get $at)
                      (i32.ctz (i32.or (i8x16.bitmask (local.get $low)) (i32.shl (i8x16.bitmask (local.get $high)) (i32.const 16))))))))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br $step)))
      (local.set $count (i32.add (local.get $count) (call $sum (local.get $bytes))))
      (br_if $round (i32.le_u (i32.add (local.get $at) (i32.const 32)) (local.get $end))))
    (if (i32.eq (local.get $found) (local.get $end))
      (then (local.set $found (call $onlyCandidate (local.get $at) (local.get $end)))))
    (i32.store (i32.const 200) (i32.add (local.get $count) (call $lineFeeds (local.get $at) (local.get $end))))
    (block $done
      (loop $rest
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $all (v128.or (local.get $all) (i8x16.splat (i32.load8_u (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $rest)))
    (i32.store (i32.const 204) (i32.ne (i8x16.bitmask (local.get $all)) (i32.const 0)))
    (local.get $found))

  ;; Length of valid UTF-8 as UTF-16: a unit for each byte that continues nothing, one more for each that begins four.
  (func (export "units") (param $at i32) (param $end i32) (result i32)
    (local $count i32) (local $stop i32) (local $bytes v128) (local $text v128) (local $byte i32)
    (loop $round
      ;; Each byte adds up to 2.
      (local.set $stop (call $stop (local.get $at) (local.get $end)))
      (local.set $stop (select (local.get $stop) (i32.add (local.get $at) (i32.const 2032)) (i32.lt_u (local.get $stop) (i32.add (local.get $at) (i32.const 2032)))))
      (local.set $bytes (v128.const i64x2 0 0))
      (block $summed
        (loop $step
          (br_if $summed (i32.ge_u (local.get $at) (local.get $stop)))
          (local.set $text (v128.load (local.get $at)))
          (local.set $bytes (i8x16.sub (local.get $bytes) (i8x16.ge_s (local.get $text) (i8x16.splat (i32.const -64)))))
          (local.set $bytes (i8x16.sub (local.get $bytes) (i8x16.ge_u (local.get $text) (i8x16.splat (i32.const 0xf0)))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $step)))
      (local.set $count (i32.add (local.get $count) (call $sum (local.get $bytes))))
      (br_if $round (i32.le_u (i32.add (local.get $at) (i32.const 16)) (local.get $end))))
    (block $done
      (loop $rest
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (local.set $count
          (i32.add
            (local.get $count)
            (i32.add (i32.ne (i32.and (local.get $byte) (i32.const 0xc0)) (i32.const 0x80)) (i32.ge_u (local.get $byte) (i32.const 0xf0)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $rest)))
    (local.get $count))

  ;; The first line feed from $at on, before $end; $end where there is none.
  (func (export "lineEnd") (param $at i32) (param $end i32) (result i32)
    (local $found i32)
    (block $none
      (loop $step
        (br_if $none (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $found (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 10)))))
        (if (local.get $found)
          (then
            (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
            (return (select (local.get $at) (local.get $end) (i32.lt_u (local.get $at) (local.get $end))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $step)))
    (local.get $end))

  ;; Where the line begins that goes on at $at: behind the last line feed from $begin on and before $at, else $begin. There are sixteen bytes before $begin.
  (func (export "lineStart") (param $at i32) (param $begin i32) (result i32)
    (local $found i32)
    (block $none
      (loop $step
        (br_if $none (i32.le_u (local.get $at) (local.get $begin)))
        (local.set $at (i32.sub (local.get $at) (i32.const 16)))
        (local.set $found (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 10)))))
        (br_if $step (i32.eqz (local.get $found)))
        (local.set $at (i32.add (local.get $at) (i32.sub (i32.const 32) (i32.clz (local.get $found)))))
        (return (select (local.get $at) (local.get $begin) (i32.gt_u (local.get $at) (local.get $begin))))))
    (local.get $begin))

  ;; Bytes that JSON adds to them, at the most: one for a quote or a backslash, five for a control character.
  (func (export "escapes") (param $at i32) (param $end i32) (result i32)
    (local $count i32) (local $stop i32) (local $bytes v128) (local $text v128) (local $byte i32)
    (loop $round
      ;; Each byte adds up to 5.
      (local.set $stop (call $stop (local.get $at) (local.get $end)))
      (local.set $stop (select (local.get $stop) (i32.add (local.get $at) (i32.const 816)) (i32.lt_u (local.get $stop) (i32.add (local.get $at) (i32.const 816)))))
      (local.set $bytes (v128.const i64x2 0 0))
      (block $summed
        (loop $step
          (br_if $summed (i32.ge_u (local.get $at) (local.get $stop)))
          (local.set $text (v128.load (local.get $at)))
          (local.set $bytes (i8x16.sub (local.get $bytes) (i8x16.eq (local.get $text) (i8x16.splat (i32.const 0x22)))))
          (local.set $bytes (i8x16.sub (local.get $bytes) (i8x16.eq (local.get $text) (i8x16.splat (i32.const 0x5c)))))
          (local.set $bytes
            (i8x16.add (local.get $bytes) (v128.and (i8x16.lt_u (local.get $text) (i8x16.splat (i32.const 0x20))) (i8x16.splat (i32.const 5)))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $step)))
      (local.set $count (i32.add (local.get $count) (call $sum (local.get $bytes))))
      (br_if $round (i32.le_u (i32.add (local.get $at) (i32.const 16)) (local.get $end))))
    (block $done
      (loop $rest
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (local.set $count
          (i32.add
            (local.get $count)
            (select
              (i32.const 5)
              (i32.or (i32.eq (local.get $byte) (i32.const 0x22)) (i32.eq (local.get $byte) (i32.const 0x5c)))
              (i32.lt_u (local.get $byte) (i32.const 0x20)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $rest)))
    (local.get $count))

  ;; Where a round of at most 255 steps of sixteen bytes ends that stays within $end.
  (func $stop (param $at i32) (param $end i32) (result i32)
    (local $length i32)
    (local.set $length (i32.and (i32.sub (local.get $end) (local.get $at)) (i32.const -16)))
    (i32.add (local.get $at) (select (local.get $length) (i32.const 4080) (i32.lt_u (local.get $length) (i32.const 4080)))))

  ;; All sixteen bytes together.
  (func $sum (param $bytes v128) (result i32)
    (local $words v128)
    (local.set $words (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $bytes))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $words)) (i32x4.extract_lane 1 (local.get $words)))
      (i32.add (i32x4.extract_lane 2 (local.get $words)) (i32x4.extract_lane 3 (local.get $words))))))

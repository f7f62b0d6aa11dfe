import { englishStem } from './code-terms.js';
import { isSameSound, soundsOf } from './sounds.js';

/** Foreign words whose Korean form does not follow from their letters, or that are too short to be told by their sound; Latin form first. */
const IRREGULAR = `
ai 에이아이, algorithm 알고리즘, api 에이피아이, app 앱 어플, apple 애플, array 어레이, async 어싱크 비동기, backoff 백오프, backup 백업,
base 베이스, batch 배치, bean 빈, bit 비트, bluetooth 블루투스, body 바디, boolean 불리언 불린, boot 부트, bot 봇, bucket 버킷,
buffer 버퍼, build 빌드, byte 바이트, cache 캐시 캐쉬, call 콜, callback 콜백, cell 셀, chat 채팅 챗, closure 클로저, code 코드,
cookie 쿠키, copy 카피, core 코어, cpu 씨피유 시피유, crawler 크롤러, crawling 크롤링, cron 크론 크론잡, css 씨에스에스, cursor 커서,
daemon 데몬, data 데이터, db 디비, debounce 디바운스, decoding 디코딩, decorator 데코레이터, deploy 디플로이, diff 디프, docker 도커,
editor 에디터, email 이메일, encoding 인코딩, enum 이넘 열거형, error 에러, fallback 폴백, fetch 페치 패치, file 파일, fork 포크,
form 폼, gateway 게이트웨이, generator 제너레이터, git 깃, github 깃허브, gitlab 깃랩, google 구글, gpu 지피유, guard 가드, guide 가이드,
hash 해시 해쉬, head 헤드, header 헤더, heap 힙, hook 훅, hotfix 핫픽스, html 에이치티엠엘, http 에이치티티피, icon 아이콘, id 아이디,
ide 아이디이, image 이미지, issue 이슈, item 아이템, iterator 이터레이터 반복자, java 자바, javascript 자바스크립트, job 잡, join 조인,
json 제이슨, jwt 제이더블유티, key 키, kotlin 코틀린, kubernetes 쿠버네티스, label 라벨 레이블, lambda 람다, latency 레이턴시, layer 레이어,
leak 리크, level 레벨, line 라인, link 링크, lint 린트, linux 리눅스, listener 리스너, load 로드, loader 로더, loading 로딩, lock 락,
log 로그, login 로그인, logout 로그아웃, loop 루프, mail 메일, map 맵, memory 메모리, menu 메뉴, merge 머지, meta 메타, mock 목 모킹,
mode 모드, module 모듈, mongo 몽고, mongodb 몽고디비, mutex 뮤텍스, mysql 마이에스큐엘, name 네임, nginx 엔진엑스, node 노드, note 노트,
null 널, oauth 오어스, object 오브젝트, observer 옵저버, page 페이지, pair 페어, parse 파싱 파스, parser 파서, parsing 파싱,
partition 파티션, patch 패치, path 패스, pdf 피디에프, peer 피어, ping 핑, pipe 파이프, pod 파드, pool 풀, port 포트,
postgresql 포스트그레스 포스트그레, process 프로세스, promise 프로미스, pull 풀, push 푸시 푸쉬, python 파이썬, query 쿼리, queue 큐,
race 레이스, rate 레이트, react 리액트, reader 리더, rebase 리베이스, redis 레디스, regex 정규식 레게엑스, resize 리사이즈, retry 리트라이,
review 리뷰, role 롤, rollback 롤백, room 룸, root 루트, route 라우트, router 라우터, rule 룰, rust 러스트, salt 솔트,
schedule 스케줄 스케쥴, scheduler 스케줄러, schema 스키마, seed 시드, server 서버, serverless 서버리스, setup 셋업, shard 샤드,
shell 쉘 셸, site 사이트, size 사이즈, slack 슬랙, socket 소켓, sort 소트, sql 에스큐엘 시퀄, ssh 에스에스에이치, staging 스테이징,
string 스트링, stub 스텁, style 스타일, swift 스위프트, sync 싱크, tab 탭, table 테이블, tag 태그, team 팀, test 테스트,
thread 스레드 쓰레드, throttle 스로틀 쓰로틀, throttling 스로틀링 쓰로틀링, time 타임, timeout 타임아웃, title 타이틀, token 토큰, tool 툴,
tree 트리, tuple 튜플, type 타입, typescript 타입스크립트, ui 유아이, unicode 유니코드, unit 유닛, upload 업로드, url 유알엘, usb 유에스비,
user 유저, ux 유엑스, value 밸류, variable 베리어블, vector 벡터, video 비디오, view 뷰, virtual 버추얼 가상, vue 뷰, walker 워커,
web 웹, webhook 웹훅, websocket 웹소켓, wifi 와이파이, wiki 위키, wildcard 와일드카드, window 윈도우, windows 윈도우 윈도우즈, worker 워커,
wrapper 래퍼, writer 라이터, xml 엑스엠엘, yaml 야믈, zone 존
`;

const PARTNERS = readTable(IRREGULAR);

/** Forms of a foreign word that cannot be heard from its letters, in the other script or the same one. Latin words with and without their ending: the index has settings as setting, and setting as set. */
export function irregularForms(word: string): readonly string[] {
  return PARTNERS.get(word) ?? [];
}

/** Whether a Hangul and a Latin word, or two spellings in Hangul of four consonants or more, are likely the same foreign word. */
export function isSameLoanWord(a: string, b: string): boolean {
  if (a === b) return false;
  const isSameScript = /^[a-z]/.test(a) === /^[a-z]/.test(b);
  return soundsOf(a).some((heard) =>
    soundsOf(b).some((other) => isSameSound(heard, other) && (!isSameScript || isLongHangul(a, heard.skeleton))),
  );
}

function isLongHangul(word: string, skeleton: string): boolean {
  return !/^[a-z]/.test(word) && skeleton.length >= 4;
}

function readTable(table: string): Map<string, string[]> {
  const partners = new Map<string, string[]>();
  for (const item of table.split(',')) {
    const forms = item
      .trim()
      .split(' ')
      .filter((form) => form !== '')
      .flatMap((form) => [form, englishStem(form)]);
    for (const form of new Set(forms)) {
      partners.set(form, [...(partners.get(form) ?? []), ...forms.filter((other) => other !== form)]);
    }
  }
  return partners;
}

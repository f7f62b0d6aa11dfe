/** Groups of words that stand for one another in talk about programs; see `synonyms.ts`. */
export const CODE_SYNONYMS = `
삭제 제거 지우 없애 비우 삭제하 말소 소거 delete remove erase clear drop purge rm
추가 덧붙이 넣 삽입 더하 append add insert push
생성 만들 작성 제작 신규 create make generate new build
수정 변경 바꾸 고치 편집 갱신 개정 update edit modify change 수정하 업데이트
갱신 새로고침 최신화 업데이트 refresh update renew 리프레시
변환 바꾸 전환 convert transform translate 컨버트 변경
검색 찾 탐색 조회 search find lookup seek query 서치 뒤지
조회 가져오 읽 얻 받아오 불러오 get fetch load read select retrieve
저장 보관 기록 남기 넣어두 save store persist write 세이브
불러오 로드 로딩 적재 읽어오 load import 가져오
가져오 임포트 import 반입 들여오
내보내 익스포트 export 반출 추출
출력 표시 보여주 보이 나타내 나열 찍 print show display output dump
나열 목록 리스트 열거 list enumerate ls
입력 기입 넣 input enter type
정렬 순서 줄세우 나열 소트 sort order arrange 오름차순 내림차순
역순 거꾸로 뒤집 반대로 reverse invert 반전
섞 셔플 무작위 shuffle 뒤섞
무작위 랜덤 임의 난수 random 아무
중복 겹치 duplicate dedupe 반복 unique distinct 유일
합치 병합 결합 합하 통합 잇 연결 이어붙이 merge join combine concat concatenate union
나누 분할 쪼개 분리 자르 가르 split divide partition separate chunk
자르 잘라내 끊 절단 truncate cut trim slice crop
복사 복제 베끼 사본 copy clone duplicate cp 카피
옮기 이동 이전 move migrate transfer mv 이관
이름 명칭 성명 name 네임 제목
이름바꾸 개명 rename
비교 대조 견주 차이 다르 compare diff
같 동일 일치 똑같 equal same match identical
확인 검사 점검 체크 살피 check inspect 보
검증 확인 유효성 validate verify 밸리데이션 validation
시작 개시 켜 기동 구동 착수 start begin launch boot 스타트
실행 돌리 수행 구동 동작 run execute exec 가동
중지 멈추 정지 중단 그만두 종료 끄 stop halt pause abort 스톱
종료 끝내 끝나 마치 마감 끄 exit quit end finish terminate close
취소 되돌리 무르 철회 cancel undo revert rollback 롤백
복구 복원 되살리 되돌리 회복 restore recover undelete 리스토어
재시도 다시 재실행 반복 retry 리트라이
재시작 다시 재기동 껐다켜 restart reboot 리부트 재부팅
연결 접속 잇 붙 connect connection link attach 커넥션
끊기 단절 해제 끊어지 disconnect detach 두절
접근 접속 액세스 access 억세스
열 펼치 개방 open
닫 폐쇄 close shut
막 차단 방지 금지 block prevent deny forbid ban
금지 말 자제 삼가 안되 않 마
허용 허가 승인 권한 allow permit grant
허가 권한 인가 permission authorization authorize 퍼미션
인증 로그인 authenticate authentication auth 신원
로그인 접속 사인인 login signin logon
로그아웃 사인아웃 logout signout
비밀번호 암호 패스워드 password passwd 비번
암호화 encrypt encryption cipher 인크립트
복호화 해독 풀 decrypt decryption
압축 줄이 zip compress archive gzip
해제 풀 압축해제 unzip extract decompress release
보내 전송 송신 발송 전달 부치 send transmit post 전하 submit
받 수신 수령 접수 receive accept 얻
요청 부탁 의뢰 청하 request ask 리퀘스트
응답 대답 답변 답 회신 response reply answer 리스폰스
업로드 올리 게시 upload post 등록
다운로드 내려받 받 다운 download 내려
등록 가입 올리 register signup enroll 회원가입
설치 깔 셋업 install setup 인스톨
제거 삭제 언인스톨 uninstall
설정 구성 환경설정 세팅 지정 셋팅 config configuration configure setting set setup option 옵션 맞추
초기화 리셋 비우 처음 reset initialize init clear
지정 정하 주어지 명시 특정 설정 specify given
할당 배정 대입 부여 assign allocate
적용 반영 apply 입히
사용 이용 쓰 활용 use using utilize
활성 켜 사용 enable activate 작동
비활성 끄 disable deactivate
호출 부르 콜 call invoke
정의 선언 define declare definition
처리 다루 process handle 핸들링 취급
계산 연산 셈 구하 산출 calculate compute
구하 얻 찾 계산 get
세 개수 카운트 갯수 수량 count number 헤아리 몇
합계 합 총합 더하 sum total 총계
평균 average mean avg
최대 가장 최고 max maximum 큰
최소 최저 min minimum 작
늘리 증가 키우 확대 늘 increase grow extend expand
줄이 감소 축소 절감 decrease reduce shrink minimize
빠르 신속 속도 고속 빨리 fast quick speed 성능
느리 지연 더디 늦 slow latency delay lag
속도 빠르기 성능 speed performance 퍼포먼스
개선 향상 최적화 좋아지 improve optimize optimization enhance 튜닝
제한 한도 제약 limit restrict 리밋 상한
초과 넘 넘어가 exceed over overflow
시간초과 타임아웃 timeout
기다리 대기 wait await sleep
지연 늦추 미루 delay defer debounce
예약 스케줄 예정 일정 schedule reserve cron 부킹
주기 간격 정기 반복 interval period periodic
반복 루프 되풀이 순회 돌 loop repeat iterate
순회 돌 방문 traverse iterate walk
조건 분기 경우 만약 condition branch if
오류 에러 실패 잘못 버그 장애 문제 예외 error failure bug fault exception issue
예외 익셉션 exception 오류
실패 안되 못하 fail failure
고장 장애 다운 죽 뻗 crash down outage
해결 고치 풀 대처 수정 fix solve resolve patch
디버그 디버깅 추적 debug trace
시험 테스트 검사 실험 test testing 테스팅
기록 로그 이력 히스토리 내역 log history record logging 로깅
감시 모니터링 지켜보 관찰 monitor watch observe
알림 통지 알리 공지 푸시 notify notification alert alarm 알람 통보
경고 주의 warn warning 경보
발행 게시 배포 출판 publish release
배포 릴리스 출시 deploy deployment release 디플로이
출시 발매 내놓 나오 release launch
판 버전 version 개정판
백업 사본 예비 backup 보관
동기화 맞추 싱크 sync synchronize 일치
비동기 어싱크 async asynchronous
동시 병렬 한꺼번에 concurrent parallel 병행
잠그 락 잠금 lock mutex
대기열 큐 줄 queue
묶음 배치 일괄 모음 batch bulk
한꺼번에 일괄 모두 동시에
모두 전부 전체 다 모든 온 all every whole entire
일부 부분 part partial some
각각 각 마다 each every per
처음 첫 최초 시작 first initial
마지막 끝 최종 last final end
이전 앞 지난 전 previous prior
다음 뒤 후 이후 next after
최근 요즘 최신 새 latest recent newest
오래되 낡 옛 예전 old stale
현재 지금 이제 당장 current now
날짜 일자 날 date day 일시
시간 시각 때 time 타임
파일 문서 file document
문서 서류 문헌 도큐먼트 document doc docs 자료
폴더 디렉토리 디렉터리 folder directory dir
경로 패스 path 길 route
주소 url 링크 link address 유알엘
저장소 레포 리포지토리 레포지토리 레파지토리 레포지터리 repository repo 스토리지 storage
데이터베이스 디비 database db
자료 데이터 정보 data information info
표 테이블 table
행 줄 로우 row line 라인
열 칼럼 컬럼 column
항목 아이템 요소 원소 item element entry 엘리먼트
값 밸류 value
열쇠 키 key
글자 문자 character char 캐릭터
문자열 스트링 string text 텍스트
글 텍스트 본문 text 문장
숫자 수 번호 넘버 number
정수 integer int 인티저
소수 실수 float double decimal
배열 어레이 array 리스트 목록
사전 맵 딕셔너리 해시 map dictionary dict hash
집합 셋 set
나무 트리 tree
함수 메서드 메소드 펑션 function func method 기능
기능 피처 feature function
변수 variable var
인자 매개변수 인수 파라미터 아규먼트 parameter argument param arg args
반환 돌려주 리턴 return
형식 포맷 양식 서식 format 모양
종류 타입 유형 type kind 형
갈래 분류 카테고리 범주 category class classify 종류
꼬리표 태그 라벨 tag label 레이블
조각 토막 스니펫 snippet fragment piece chunk
예제 예시 보기 샘플 example sample
도움말 사용법 안내 설명 매뉴얼 help manual usage guide 가이드
설명 서술 풀이 description explain describe
명령 명령어 커맨드 command 지시
꾸러미 패키지 package 모듈
모듈 module 패키지
도구 툴 tool 유틸리티 utility
화면 스크린 디스플레이 screen view display 뷰
창 윈도우 window
단추 버튼 button
크기 사이즈 용량 size
용량 크기 capacity
길이 length len
높이 height
너비 폭 width
색 색깔 색상 컬러 color colour
글꼴 폰트 서체 font
쪽 페이지 page
단계 스텝 step stage
사용자 유저 이용자 회원 user member
회원 멤버 가입자 member
관리자 어드민 운영자 admin administrator manager
관리 운영 매니지 manage management
서버 server 호스트
망 네트워크 network net
통신 네트워크 communication
화면단 프론트엔드 프런트엔드 frontend
뒷단 백엔드 서버 backend
객체 오브젝트 object 개체
인스턴스 instance 객체
갈래 브랜치 branch 가지
커밋 commit 반영
쪼개 파싱 분석 해석 parse parser parsing 파서
분석 해석 analyze analysis 애널리시스
요약 간추리 정리 summary summarize
정리 청소 치우 clean cleanup tidy
번역 옮기 translate translation
거르 필터 추리 걸러내 filter 선별
고르 선택 뽑 select choose pick 택하
모으 수집 취합 collect gather aggregate 집계
묶 그룹 group bundle
감추 숨기 가리 hide hidden mask
읽 판독 read
쓰 적 작성 write
보 열람 조회 view see 확인
알 파악 이해 know understand
필요 요구 require need
가능 되 can able
공백 빈칸 스페이스 여백 띄어쓰기 whitespace space blank
없 부재 빠지 누락 missing absent none
틀 템플릿 양식 template
열람 보 읽
쌓 스택 stack 적재
임시 템프 temporary temp tmp
기본 디폴트 default
전역 글로벌 global
지역 로컬 local
원격 리모트 remote
안쪽 내부 속 inner internal inside
바깥 외부 밖 outer external outside
위 상위 상단 top upper parent
아래 하위 하단 밑 서브 bottom lower child sub
부모 상위 parent
자식 하위 child
`;
